/**
 * The conversation with which a task goes on from an earlier moment: without a last reply that failed, with an answer
 * for each call that must not run again, and small enough to travel in the input. Pure.
 */

import type { JudgedCall } from './activity-calls.js';
import { applyShrinking, shrink } from './compaction.js';
import type { OpenCall } from './continues.js';
import { type Call, lastReply, type Message, openCalls } from './conversation.js';
import { type Finish, startOfReply } from './finish.js';
import { FIXED } from './limits.js';
import { isOwnTurn } from './own-turns.js';
import { labelsOf } from './taint.js';

/** A task as it was between two iterations. */
export interface Moment {
  /** With the opening. */
  readonly messages: readonly Message[];
  readonly opening: number;
  readonly iterations: number;
  /** Policy decisions on the calls of the last reply; calls that are not named ran inside the next iteration. */
  readonly judged: readonly JudgedCall[];
  /** Calls that were handed to a worker; `left`: on a host that the task has left since. */
  readonly sent: ReadonlyMap<string, { readonly left: boolean }>;
  /** How the last reply ended. */
  readonly finish?: Finish;
}

export interface Onward {
  /** What the person says, as a user turn at the end. */
  readonly text?: string | undefined;
  /** Id of the message that it is: the new run does not take it again. */
  readonly message?: string | undefined;
  /** The open calls belong to a task that continues by itself, or were cancelled: none of them is run. */
  readonly sealCalls: boolean;
}

export interface StartingPoint {
  /** Without the opening. */
  readonly messages: readonly Message[];
  readonly calls: readonly OpenCall[];
  readonly iterations: number;
}

/** @returns undefined when the conversation ends with an answer, and nothing is said after it */
export function startingPoint(moment: Moment, onward: Onward): StartingPoint | undefined {
  const { opening } = moment;
  const open = openCalls(moment.messages);
  const answers = open.flatMap((call) => answerTo(call, moment, onward) ?? []);
  const body = [...moment.messages.slice(opening), ...answers];
  if (onward.text === undefined && body.at(-1)?.role === 'assistant' && open.length === 0) return undefined;
  const answered = new Set(answers.map(({ call }) => call));
  const judged = new Map(moment.judged.map((one) => [one.call, one]));
  return {
    messages: [...body, ...saidTurns(onward)],
    calls: open.flatMap(({ id }) => (answered.has(id) ? [] : (openCallOf(judged.get(id)) ?? []))),
    iterations: moment.iterations,
  };
}

/** What the person says after the conversation, where they say something. */
export function saidTurns({ text, message }: Pick<Onward, 'text' | 'message'>): Message[] {
  if (text === undefined) return [];
  return [{ role: 'user', content: text, ...(message === undefined ? {} : { message }) }];
}

/**
 * The moment before the last reply, when the conversation ends with it: it failed, was cut, or did not count as the
 * answer. A reply whose calls may run stays.
 */
export function beforeLastReply(moment: Moment): Moment {
  const { messages, opening, finish } = moment;
  const start = startOfReply(messages);
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  if (start < opening || !messages.slice(last + 1).every(isOwnTurn)) return moment;
  const isRefused = finish === 'content-filter' || finish === 'refusal';
  if (lastReply(messages)?.calls?.length && !isRefused) return moment;
  const gone = messages.slice(start).filter(({ role }) => role === 'assistant').length;
  const iterations = moment.iterations - gone;
  return { ...moment, messages: messages.slice(0, start), iterations, judged: [], sent: new Map() };
}

/**
 * The body of a conversation in at most `maxBytes`: notices in place of old outputs, then without its oldest rounds. The
 * labels of what is removed are not known here, so it counts as anything.
 */
export function bounded(messages: readonly Message[], maxBytes: number): readonly Message[] {
  const step = shrink(messages, 0, Math.min(maxBytes, FIXED.continuedBytes));
  if (!step) return messages;
  const labels = labelsOf(messages, () => undefined);
  return applyShrinking(messages, 0, step.dropped > 0 ? { ...step, labels } : step);
}

// ---

type ToolMessage = Extract<Message, { role: 'tool' }>;

/** @returns undefined for a call that is open still: the claim on its host decides whether it runs */
function answerTo({ id, name }: Call, { judged, sent }: Moment, { sealCalls }: Onward): ToolMessage | undefined {
  const said = judged.find(({ call }) => call === id);
  if (said?.verdict === 'refuse')
    return { role: 'tool', call: id, outcome: 'refused', content: said.reason ?? 'Refused.' };
  const begun = sent.get(id);
  if (said?.replay === 'unsafe' && begun && (sealCalls || begun.left)) {
    const content = `Interrupted, outcome unknown: '${name}' may have been started before. Check what it did before you repeat it.`;
    return { role: 'tool', call: id, outcome: 'unknown', content };
  }
  if (!sealCalls) return undefined;
  return { role: 'tool', call: id, outcome: 'refused', content: 'Not run: the task was interrupted before this call.' };
}

function openCallOf(judged: JudgedCall | undefined): OpenCall | undefined {
  if (judged?.placement !== 'activity') return undefined;
  const { call, replay = 'unsafe', summary } = judged;
  // Where it asks for an approval, the worker says so again.
  return { call, verdict: 'run', placement: 'activity', replay, ...(summary === undefined ? {} : { summary }) };
}
