/**
 * What a task continues from when it goes on from an earlier run, or from another task: part of the signed input, so
 * that workflow, activities and a rebuild begin with the same conversation, spend and open calls. Types and pure
 * functions.
 */
import {
  anyText,
  type Check,
  check,
  isPlainObject,
  listWith,
  objectOf,
  oneOf,
  orNull,
  someText,
  textThat,
  wholeNumber,
} from './check-value.js';
import type { Message } from './conversation.js';
import type { Usage } from './task.js';
import { isTaskId } from './task-id.js';
import type { Replay } from './tool.js';

/**
 * `send` and `retry` are later runs of the same task; `fork` and `rerun` are other tasks, and a rerun takes nothing of
 * the conversation.
 */
export const CONTINUATIONS = ['send', 'retry', 'fork', 'rerun'] as const;
export type Continuation = (typeof CONTINUATIONS)[number];

/** Where a task comes from. */
export interface ContinuedFrom {
  readonly id: string;
  /** Absent: its history was gone, and its files were read. */
  readonly run?: string;
  /** The last accepted reply that was taken over; 0 for none. */
  readonly iteration: number;
}

/** An open call of the last reply that becomes an activity; the worker's policy judges it again there. */
export interface OpenCall {
  readonly call: string;
  readonly verdict: 'run';
  readonly placement: 'activity';
  readonly replay: Replay;
  readonly summary?: string;
}

export interface Continues {
  readonly from: ContinuedFrom;
  readonly kind: Continuation;
  /** The conversation so far, without its opening. */
  readonly messages: readonly Message[];
  /** Of the last reply. Calls that are not named run inside the next iteration. */
  readonly calls?: readonly OpenCall[];
  /** Accepted replies so far. */
  readonly iterations: number;
  readonly usage: Usage;
  /** How long the task has run so far. */
  readonly elapsed_ms: number;
  /** Of the last reply. Absent: those of the input. */
  readonly provider?: string;
  readonly model?: string;
}

/** The memo entry of a task that comes from another one, or continues an earlier run. */
export interface Lineage extends ContinuedFrom {
  readonly kind: Continuation;
}

export function lineageOf({ continues }: { readonly continues?: Continues }): Lineage | undefined {
  return continues && { ...continues.from, kind: continues.kind };
}

/** The task that another one was made from; null for a later run of the same task. */
export function parentIn(from: Lineage | null | undefined): string | null {
  return from && (from.kind === 'fork' || from.kind === 'rerun') ? from.id : null;
}

/** A message of a person that an earlier run of the task had. */
export interface SaidBefore {
  readonly id: string;
  readonly text: string;
  /** The reply that is the first to have it: the next one, else it is not known any more. */
  readonly iteration: number | null;
}

/** Of a later run of the same task: a fork is another task. */
export function saidBefore({ continues }: { readonly continues?: Continues }): SaidBefore[] {
  if (continues?.kind !== 'send' && continues?.kind !== 'retry') return [];
  const { messages, iterations } = continues;
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  return messages.flatMap((one, at) =>
    one.role === 'user' && typeof one.message === 'string'
      ? [{ id: one.message, text: one.content, iteration: at > last ? iterations + 1 : null }]
      : [],
  );
}

/** Reads what claims to be a lineage; what is not as we write it is not there. */
export function toLineage(value: unknown): Lineage | undefined {
  return lineage(value).length === 0 ? (value as Lineage) : undefined;
}

/** Reads what an input says that it continues. The start of any client may have anything there, which then is not there. */
export function toContinues(value: unknown): Continues | undefined {
  return value !== undefined && CONTINUES(value).length === 0 ? (value as Continues) : undefined;
}

// ---

const id = textThat(isTaskId, 'the id of a task');

const origin = { id, run: someText, iteration: wholeNumber(0) };
const lineage: Check = objectOf({ ...origin, kind: oneOf(CONTINUATIONS) }, { required: ['id', 'iteration', 'kind'] });

const openCall = objectOf(
  {
    call: someText,
    verdict: oneOf(['run']),
    placement: oneOf(['activity']),
    replay: oneOf(['safe', 'unsafe']),
    summary: anyText,
  },
  { required: ['call', 'verdict', 'placement', 'replay'] },
);

/** Calls, origin and parts of a message are ours, as the history had them. */
const message = objectOf(
  { role: oneOf(['user', 'assistant', 'tool']), content: anyText },
  { required: ['role', 'content'], open: true },
);

const usage = objectOf(
  {
    input_tokens: wholeNumber(0),
    output_tokens: wholeNumber(0),
    total_tokens: wholeNumber(0),
    cached_input_tokens: wholeNumber(0),
    cache_write_tokens: wholeNumber(0),
    reasoning_tokens: wholeNumber(0),
    cost: objectOf(
      {
        usd: check((value) => typeof value === 'number' && value >= 0, 'a number of at least 0'),
        source: orNull(someText),
        unpriced: wholeNumber(0),
      },
      { required: ['usd', 'source', 'unpriced'] },
    ),
  },
  { required: ['input_tokens', 'output_tokens', 'total_tokens'] },
);

/** The check of the field of an input. */
export const CONTINUES: Check = (value) => {
  const problems = fields(value);
  if (problems.length > 0 || !isPlainObject(value)) return problems;
  const { kind, from } = value as unknown as Continues;
  return kind === 'rerun' && from.iteration > 0 ? [{ at: ['from'], message: 'a rerun takes no iteration over' }] : [];
};

const fields = objectOf(
  {
    from: objectOf(origin, { required: ['id', 'iteration'] }),
    kind: oneOf(CONTINUATIONS),
    messages: listWith(message),
    calls: listWith(openCall, { most: 64 }),
    iterations: wholeNumber(0),
    usage,
    elapsed_ms: wholeNumber(0),
    provider: someText,
    model: someText,
  },
  { required: ['from', 'kind', 'messages', 'iterations', 'usage', 'elapsed_ms'] },
);
