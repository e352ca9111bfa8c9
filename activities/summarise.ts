/**
 * Compaction by the model: asks it for a summary of the oldest rounds when the conversation nears the room that the model
 * has, or when the model refuses it as too long. The summary is the reply of this iteration. Where there can be none, the
 * caller goes on with notices.
 */
import { type Message, totalSize, utf8Length } from '../src/domain/conversation.js';
import { RookeryError } from '../src/domain/errors.js';
import { type Compaction, chooseCompaction, headOf, NEAR, summaryBytes } from '../src/domain/model-compaction.js';
import { summaryRequest } from '../src/domain/own-turns.js';
import { addUsage } from '../src/domain/task.js';
import type { Reply } from '../src/models/model.js';
import type { ContextRoom } from './context-room.js';
import { labelsFor } from './execute-tool.js';
import type { ActivityDeps } from './ports.js';
import { reject } from './rejected-replies.js';
import { requestReply, type TimedQuestion } from './request-reply.js';

export interface CompactingQuestion extends TimedQuestion {
  readonly room: ContextRoom;
  /** This iteration may be a summary. */
  readonly mayCompact: boolean;
}

export interface SummaryReply {
  readonly reply: Reply;
  readonly compacted: Compaction;
}

/** @returns the summary when the conversation is near its limit; undefined when it is not, or there can be none */
export async function summaryWhenNear(
  deps: ActivityDeps,
  question: CompactingQuestion,
  messages: readonly Message[],
): Promise<SummaryReply | undefined> {
  const { room, task } = question;
  const most = room.of(deps, task, messages);
  if (totalSize(messages.slice(task.opening)) <= most * NEAR) return undefined;
  return summaryOf(deps, question, { messages, room: most });
}

/** The model has refused the conversation as too long. */
export async function summaryAfterRefusal(
  deps: ActivityDeps,
  question: CompactingQuestion,
  messages: readonly Message[],
): Promise<SummaryReply | undefined> {
  const { room, task } = question;
  return summaryOf(deps, question, { messages, room: room.of(deps, task, messages) });
}

// ---

interface Crowded {
  readonly messages: readonly Message[];
  /** Bytes for the messages after the opening. */
  readonly room: number;
}

async function summaryOf(
  deps: ActivityDeps,
  question: CompactingQuestion,
  { messages, room }: Crowded,
): Promise<SummaryReply | undefined> {
  const { task, live } = question;
  if (deps.compaction !== 'model' || !question.mayCompact) return undefined;
  const rounds = chooseCompaction(messages, task.opening, room);
  if (rounds === 0 || !question.room.maySummarise(task, messages)) return undefined;
  const head = headOf(messages, task.opening, rounds);
  const reply = await ask(deps, question, { head, most: summaryBytes(room) });
  if (!reply) {
    question.room.noteFailedSummary(task, messages);
    return undefined;
  }
  const compacted = { rounds, labels: labelsFor(deps, task, messages) };
  return { reply: { ...reply, usage: addUsage(live.rejected.usage, reply.usage) }, compacted };
}

/** @returns undefined when there is no usable summary: what was said is paid for all the same */
async function ask(
  deps: ActivityDeps,
  question: CompactingQuestion,
  { head, most }: { readonly head: readonly Message[]; readonly most: number },
): Promise<Reply | undefined> {
  const { live, signal } = question;
  try {
    const reply = await requestReply(deps, { ...question, schema: undefined }, [...head, summaryRequest(most)]);
    const size = utf8Length(JSON.stringify(reply.content));
    const isWhole = reply.finish === 'stop' || reply.finish === 'other';
    if (isWhole && reply.calls.length === 0 && reply.content.trim() !== '' && size <= most) return reply;
    reject(live, reply.usage);
    return undefined;
  } catch (error) {
    if (signal.aborted || !(error instanceof RookeryError)) throw error;
    if (error.rejected) reject(live, error.rejected.usage);
    return undefined;
  } finally {
    live.text = undefined;
  }
}
