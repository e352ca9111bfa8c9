/**
 * Sends the conversation to the model, reduced to what can be carried and to what the model accepts: by a summary, which
 * is then the reply of the iteration, or by notices. A reply that fills the context window counts as too long.
 */
import { applyShrinking, type Shrinking, shrink } from '../src/domain/compaction.js';
import { type Message, totalSize } from '../src/domain/conversation.js';
import { RookeryError } from '../src/domain/errors.js';
import { FIXED } from '../src/domain/limits.js';
import type { Compaction } from '../src/domain/model-compaction.js';
import type { Label } from '../src/domain/tool.js';
import type { Reply } from '../src/models/model.js';
import { labelsFor } from './execute-tool.js';
import type { HeartbeatState } from './heartbeat.js';
import type { ActivityDeps } from './ports.js';
import { askUntilSaid, reject } from './rejected-replies.js';
import { requestReply } from './request-reply.js';
import { type CompactingQuestion, summaryAfterRefusal, summaryWhenNear } from './summarise.js';

export interface ModelAnswer {
  readonly reply: Reply;
  /** The messages that were sent; of a summary those that it is about, and all after them. */
  readonly messages: Message[];
  /** What was removed to make them fit. */
  readonly shrunk: readonly Shrinking[];
  /** The reply is a summary, in place of these rounds. */
  readonly compacted?: Compaction;
}

/** Asks with the messages that fit. When they are too long for the model, asks with half of them, then half of that. */
export async function askModel(
  deps: ActivityDeps,
  given: Omit<CompactingQuestion, 'until' | 'schema'>,
  conversation: Message[],
): Promise<ModelAnswer> {
  // All model calls of one activity end before its own timeout.
  const question = { ...given, until: Date.now() + FIXED.modelCallMs, schema: given.task.schema };
  const { task, room } = question;
  const near = await summaryWhenNear(deps, question, conversation);
  if (near) return { ...near, messages: conversation, shrunk: [] };
  const { opening } = task;
  const shrunk: Shrinking[] = [];
  let messages = conversation;
  let limit = room.of(deps, task, conversation);
  for (;;) {
    const step = withLabels(shrink(messages, opening, limit), () => labelsFor(deps, task, messages));
    if (step) {
      shrunk.push(step);
      messages = applyShrinking(messages, opening, step);
    }
    try {
      const reply = await said(deps, question, messages);
      room.noteReply(task, messages, reply.usage);
      return { reply, messages, shrunk };
    } catch (error) {
      if (!(error instanceof RookeryError) || error.code !== 'context_overflow') throw error;
      room.noteRefused(task, messages);
      const summary = await summaryAfterRefusal(deps, question, messages);
      if (summary) return { ...summary, messages, shrunk };
      const size = totalSize(messages.slice(opening));
      limit = size / 2;
      const next = shrink(messages, opening, limit);
      // Nothing removable is left.
      if (!next || totalSize(applyShrinking(messages, opening, next).slice(opening)) >= size) throw error;
    }
  }
}

// ---

async function said(deps: ActivityDeps, question: CompactingQuestion, messages: readonly Message[]): Promise<Reply> {
  const asking = { ...question, backoffMs: deps.backoffMs };
  const reply = await askUntilSaid(asking, messages, (sent) => requestReply(deps, question, sent));
  if (reply.finish === 'overflow') throw overflowed(question.live, reply);
  return reply;
}

/** Keeps the labels of rounds that are removed. */
function withLabels(step: Shrinking | undefined, labels: () => readonly Label[]): Shrinking | undefined {
  return step && step.dropped > 0 ? { ...step, labels: labels() } : step;
}

/** The rejected part was paid for. */
function overflowed(live: HeartbeatState, { usage, provider, model }: Reply): RookeryError {
  reject(live, usage);
  return new RookeryError(
    'context_overflow',
    `${provider} (${model}) reached the end of the context window inside its reply`,
  );
}
