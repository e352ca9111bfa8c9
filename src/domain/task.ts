/**
 * The task record with its token usage, and its transitions. Pure: the workflow decides with these functions, the
 * mirror and the command show what they return. Independent of Temporal, files and models.
 */
import { addCosts, type TaskCost } from './cost.js';
import type { Finish } from './finish.js';
import { after, type Micros } from './timestamp.js';

export const STATUSES = ['Pending', 'Running', 'Completed', 'Failed', 'Cancelled'] as const;
/** As RavenClaws spells it on disk. */
export type Status = (typeof STATUSES)[number];

/**
 * The state of a task; a field exists only where it makes sense. The result of `completed` is the last reply's text.
 */
export type TaskState =
  | { readonly kind: 'running' }
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'cancelled'; readonly reason: string };

const STATUS_OF = { running: 'Running', completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled' } as const;

export function statusOf(state: TaskState): Status {
  return STATUS_OF[state.kind];
}

export function isTerminal(status: Status): boolean {
  return status !== 'Pending' && status !== 'Running';
}

/** What changes while a task runs; the constant part is its input. */
export interface TaskRecord {
  readonly state: TaskState;
  /** Accepted replies. */
  readonly iterations: number;
  readonly provider: string | null;
  readonly model: string | null;
  readonly usage: Usage;
  /** How the last reply ended; absent before the first. */
  readonly finish?: Finish;
  readonly created_at: Micros;
  readonly updated_at: Micros;
  /** Grows with every change that the mirror shows. */
  readonly version: number;
}

export interface NewRecord {
  readonly provider?: string | null;
  readonly model?: string | null;
  /** When it was submitted; absent: now. */
  readonly created?: Micros;
  /** Replies that another program had accepted before. */
  readonly iterations?: number;
}

export function newRecord(now: Micros, { provider, model, created, iterations }: NewRecord): TaskRecord {
  return {
    state: { kind: 'running' },
    iterations: iterations ?? 0,
    provider: provider ?? null,
    model: model ?? null,
    usage: NO_USAGE,
    created_at: created ?? now,
    updated_at: created === undefined ? now : after(created, now),
    version: 1,
  };
}

/** The record with a change, a newer stamp and the next version. */
export function amend(record: TaskRecord, now: Micros, change: Partial<TaskRecord>): TaskRecord {
  return { ...record, ...change, updated_at: after(record.updated_at, now), version: record.version + 1 };
}

export interface AcceptedReply {
  readonly usage: Usage;
  readonly provider: string;
  readonly model: string;
  readonly finish: Finish;
}

export function accept(record: TaskRecord, now: Micros, reply: AcceptedReply): TaskRecord {
  return amend(record, now, {
    iterations: record.iterations + 1,
    provider: reply.provider,
    model: reply.model,
    usage: addUsage(record.usage, reply.usage),
    finish: reply.finish,
  });
}

/** Tokens of replies that were rejected. The files do not show them, so version and stamp stay. */
export function spend(record: TaskRecord, usage: Usage): TaskRecord {
  return { ...record, usage: addUsage(record.usage, usage) };
}

/** Within one run the first end stays: a later one changes nothing. */
export function end(record: TaskRecord, now: Micros, state: TaskState): TaskRecord {
  return record.state.kind === 'running' ? amend(record, now, { state }) : record;
}

/** Another program ended the task in its file before this end was written there: that end counts. */
export function overrule(record: TaskRecord, now: Micros, reason: string): TaskRecord {
  return record.state.kind === 'cancelled' ? record : amend(record, now, { state: { kind: 'cancelled', reason } });
}

/** What a task is doing, for a person. */
export type Phase =
  | 'queued'
  | 'thinking'
  | 'tool'
  | 'retrying'
  | 'waiting_approval'
  /** It has asked the person something. */
  | 'waiting_question'
  /** At a limit: a person may raise it. */
  | 'waiting_limit'
  | 'waiting_person'
  /** Its host takes no activity. */
  | 'stalled'
  /** By a person. */
  | 'paused'
  | 'done';

/** A person must act before the task continues. */
export function needsPerson(phase: string | undefined): boolean {
  return phase !== undefined && (phase.startsWith('waiting') || phase === 'paused');
}

/** Tokens. The three details are part of the counts above them, and absent where the provider does not tell them. */
export interface Usage {
  /** Includes those read from and written to the provider's prompt cache. */
  readonly input_tokens: number;
  /** Includes those of reasoning. */
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly cached_input_tokens?: number;
  readonly cache_write_tokens?: number;
  readonly reasoning_tokens?: number;
  /** What they cost; absent where nothing has been said about it. */
  readonly cost?: TaskCost;
}

export const NO_USAGE: Usage = Object.freeze({ input_tokens: 0, output_tokens: 0, total_tokens: 0 });

export function addUsage(a: Usage, b: Usage): Usage {
  const cost = addCosts(a, b);
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    total_tokens: a.total_tokens + b.total_tokens,
    ...sumOf('cached_input_tokens', a, b),
    ...sumOf('cache_write_tokens', a, b),
    ...sumOf('reasoning_tokens', a, b),
    ...(cost === undefined ? {} : { cost }),
  };
}

// ---

type Detail = 'cached_input_tokens' | 'cache_write_tokens' | 'reasoning_tokens';

/** A detail that neither side tells stays absent. */
function sumOf(detail: Detail, a: Usage, b: Usage): { readonly [K in Detail]?: number } {
  if (a[detail] === undefined && b[detail] === undefined) return {};
  return { [detail]: (a[detail] ?? 0) + (b[detail] ?? 0) };
}
