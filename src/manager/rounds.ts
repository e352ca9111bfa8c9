/**
 * What one run of a task did, iteration by iteration, as its history tells it: the conversation after each reply with
 * the results of its calls, what it had used, and which calls were handed to a worker. Filled by the fold of `rebuild`.
 */

import type { IterateResult, JudgedCall, Mirrored, RunToolInput } from '../domain/activity-calls.js';
import type { RaisedLimits } from '../domain/control.js';
import { type Message, settle, toToolMessage } from '../domain/conversation.js';
import { type Finish, finishOf } from '../domain/finish.js';
import { addUsage, type TaskRecord, type Usage } from '../domain/task.js';
import type { Observation } from '../domain/tool.js';

/** One accepted reply and what came of it; the first one is what the run began with. */
export interface Round {
  readonly iteration: number;
  /** Up to and with the results of the reply's calls, as far as there are any. */
  messages: readonly Message[];
  /** Policy decisions on the calls of the reply. */
  readonly judged: readonly JudgedCall[];
  readonly sent: Map<string, SentToWorker>;
  /** Of the whole task up to here. */
  usage: Usage;
  readonly provider: string | null;
  readonly model: string | null;
  readonly finish?: Finish;
  /** When the last of it was there, the reply or a result of its calls, in milliseconds since 1970. */
  until: number;
  /** The calls that need no activity of their own have run. */
  inlineRan?: number;
}

export interface SentToWorker {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The task had left the host on which it may have begun. */
  readonly left: boolean;
}

type Accepted = Extract<IterateResult, { kind: 'accepted' }>;

export class Rounds {
  readonly #rounds: Round[] = [];
  /** When the time of the task began, in milliseconds since 1970. */
  startedAt = 0;
  /** Limits that were raised before this run. */
  raised: RaisedLimits = {};
  /** Messages that raise limits, as they arrived, not verified. */
  readonly raises: unknown[] = [];

  get all(): readonly Round[] {
    return this.#rounds;
  }

  /** @returns the state after the last reply; undefined before the run began a task */
  get last(): Round | undefined {
    return this.#rounds.at(-1);
  }

  begin(start: Beginning, { startedAt, raised = {} }: { startedAt: number; raised: RaisedLimits | undefined }): void {
    const { record, messages, judged, at } = start;
    const { iterations: iteration, usage, provider, model, finish } = record;
    this.startedAt = startedAt;
    this.raised = raised;
    this.#rounds.length = 0;
    this.#rounds.push({
      ...{ iteration, messages, judged, sent: new Map(), usage, provider, model, until: at },
      ...(finish === undefined ? {} : { finish }),
    });
  }

  /** An activity was scheduled; only one that runs a call names it. */
  scheduled({ call, inherited }: Partial<RunToolInput>, at: number): void {
    if (call !== undefined) this.last?.sent.set(call, { at, left: inherited === true });
  }

  /** The files show a state that may have more than the results: our own turns, and tokens of rejected replies. */
  mirrored(record: Mirrored, messages: readonly Message[]): void {
    const { last } = this;
    if (!last || record.iterations !== last.iteration) return;
    last.messages = messages;
    last.usage = larger(last.usage, record.spent);
  }

  ran(observation: Observation, at: number): void {
    const { last } = this;
    if (!last) return;
    last.messages = settle(last.messages, [toToolMessage(observation)]);
    last.until = at;
  }

  /** `sent`: the conversation without the results of inline calls. */
  accepted(
    sent: readonly Message[],
    result: Accepted,
    { messages, at }: Pick<Round, 'messages'> & { readonly at: number },
  ): void {
    const { last } = this;
    if (!last) return;
    last.messages = settle(withoutSaid(sent), result.observations.map(toToolMessage));
    last.inlineRan = at;
    const { judged, provider, model } = result;
    this.#rounds.push({
      ...{ iteration: last.iteration + 1, messages, judged, sent: new Map(), provider, model, until: at },
      ...{ usage: addUsage(last.usage, result.usage), finish: finishOf(result) },
    });
  }
}

/** What a person said after the last reply belongs to the next iteration. */
export function withoutSaid(messages: readonly Message[]): Message[] {
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  return messages.filter((one, at) => at <= last || one.role !== 'user' || one.message === undefined);
}

// ---

interface Beginning {
  readonly record: TaskRecord;
  readonly messages: readonly Message[];
  readonly judged: readonly JudgedCall[];
  readonly at: number;
}

/** The sum of the replies does not have the tokens of rejected ones. */
function larger(a: Usage, b: Usage | undefined): Usage {
  return b && b.total_tokens > a.total_tokens ? b : a;
}
