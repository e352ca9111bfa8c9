/**
 * What the provider's finish reason means for the task: an answer that was cut is continued, and never counts as the
 * answer; a refused one fails the task. Pure: the workflow decides with it.
 */
import type { AssistantMessage, Message } from './conversation.js';
import {
  type CutPlace,
  cutTurn,
  isContinuation,
  isOwnTurn,
  isRepairTurn,
  repairTurn,
  tellsOfCut,
} from './own-turns.js';
import { startOfCalls } from './text-calls.js';
import { visibleLine } from './visible.js';

/**
 * `pause`: the provider interrupts a long turn, to be asked again. `overflow`: the reply ended where the context window
 * ends. `other`: unknown to us, and taken as a whole reply.
 */
export type Finish = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'pause' | 'overflow' | 'refusal' | 'other';

/** How often in a row the rest of a cut reply is asked for, and a paused turn is continued. */
const CONTINUATIONS = 3;
const PAUSES = 10;

export type AfterReply =
  | { readonly kind: 'failed'; readonly error: string }
  /** The reply is not whole: ask again, after this turn. */
  | { readonly kind: 'ask'; readonly turn?: Message };

/** What a worker found in an answer of a task with a schema. `problem`: how it does not match, for the model. */
export type AnswerCheck = { readonly kind: 'valid' } | { readonly kind: 'invalid'; readonly problem: string };

/** The finish reason that a result leaves out is the usual one. */
export function finishOf({ finish, message }: { finish?: Finish; message: AssistantMessage }): Finish {
  return finish ?? (message.calls?.length ? 'tool-calls' : 'stop');
}

/** Whether a reply ended before it was whole, by a limit. */
export function isCut(finish: Finish): boolean {
  return finish === 'length' || finish === 'overflow';
}

/**
 * @param messages the conversation, up to and with the reply
 * @param limit output tokens of one reply
 * @returns undefined when the reply is whole: its calls run, or it is the answer
 */
export function afterReply(finish: Finish, messages: readonly Message[], limit: number): AfterReply | undefined {
  const reply = messages.at(-1);
  if (reply?.role !== 'assistant') return undefined;
  if (finish === 'content-filter') return failed("The provider's content filter stopped the answer", reply);
  if (finish === 'refusal') return failed('The model refused to answer', reply);
  if (isCut(finish)) {
    if (cutsBefore(messages) >= CONTINUATIONS) return { kind: 'failed', error: cutSentence(limit) };
    return reply.calls?.length ? undefined : { kind: 'ask', turn: cutTurn(limit, placeOfCut(reply)) };
  }
  if (finish !== 'pause' || reply.calls?.length) return undefined;
  if (messages.slice(-PAUSES).every(({ role }) => role === 'assistant')) {
    return { kind: 'failed', error: `The provider paused its turn ${PAUSES} times in a row` };
  }
  return { kind: 'ask' };
}

/**
 * What follows a whole answer that was checked against the schema of the task: one repair, then the task fails. A
 * message of a person in between begins anew.
 *
 * @param messages the conversation, up to and with the answer
 * @returns undefined when the answer is valid
 */
export function afterAnswer(check: AnswerCheck, messages: readonly Message[]): AfterReply | undefined {
  if (check.kind === 'valid') return undefined;
  const turn = messages.findLast((message) => message.role === 'user' && !isOwnTurn(message));
  if (turn === undefined || !isRepairTurn(turn)) return { kind: 'ask', turn: repairTurn(check.problem) };
  return { kind: 'failed', error: `The answer does not match the JSON Schema, after one repair: ${check.problem}` };
}

/** The place of the first piece of the last reply; -1 without a reply. A reply that was not cut has one piece. */
export function startOfReply(messages: readonly Message[]): number {
  let start = messages.findLastIndex(({ role }) => role === 'assistant');
  for (;;) {
    const before = isContinuation(messages[start - 1]) ? start - 2 : start - 1;
    const piece = messages[before];
    if (start < 1 || piece?.role !== 'assistant' || piece.calls?.length) return start;
    start = before;
  }
}

/** The text of the last reply, its pieces joined. */
export function lastText(messages: readonly Message[]): string {
  const start = startOfReply(messages);
  if (start < 0) return '';
  return messages
    .slice(start)
    .map((message) => (message.role === 'assistant' ? message.content : ''))
    .join('');
}

// ---

const SAID = 300;

function placeOfCut({ content }: AssistantMessage): CutPlace {
  if (content.trim() === '') return 'before text';
  return /^(?:\*\*)?TOOL_CALL:/m.test(content) || startOfCalls(content) >= 0 ? 'in a textual call' : 'in text';
}

function cutSentence(limit: number): string {
  return `The answer was cut at ${limit} output tokens; raise --max-output-tokens`;
}

function failed(sentence: string, { content }: AssistantMessage): AfterReply {
  const said = visibleLine(content).trim();
  const points = Array.from(said);
  const words = points.length <= SAID ? said : `${points.slice(0, SAID).join('')}…`;
  return { kind: 'failed', error: words === '' ? sentence : `${sentence}: ${words}` };
}

/** How many replies directly before the last one were cut. */
function cutsBefore(messages: readonly Message[]): number {
  let cuts = 0;
  let told = false;
  for (let i = messages.length - 2; i >= 0; i--) {
    const message = messages[i] as Message;
    if (message.role === 'assistant') {
      if (told) cuts++;
      told = false;
    } else if (tellsOfCut(message)) told = true;
    else break;
  }
  return cuts;
}
