/**
 * The memo in which a task's workflow says what a list shows of it, for clients that have none of its files: they read
 * it from visibility, without a request for each task. Pure; the workflow sandbox imports it.
 */
import { HOST_NAME, type TaskInput } from './protocol.js';
import { STATUSES, type Status, statusOf, type TaskRecord, type Usage } from './task.js';
import { firstLine } from './task-id.js';
import { timestampOf } from './timestamp.js';

/** Memo key of a `TaskMemo`. */
export const MEMO_TASK = 'rookery_task';

export interface TaskMemo {
  /** First line of the prompt. */
  readonly prompt: string;
  /** Time of the submission; null in a start that does not tell it. */
  readonly created_at: string | null;
  /** Name of the host that has the files and the workspace; null: none yet. */
  readonly host: string | null;
  /** Absent while it changes: a memo is written when a task waits and when it ends, not with each iteration. */
  readonly progress?: TaskProgress;
}

/** As the files say it. */
export interface TaskProgress {
  readonly status: Status;
  readonly iterations: number;
  readonly updated_at: string;
  readonly provider: string | null;
  readonly model: string | null;
  readonly usage: Usage;
}

/** Of a start. */
export function memoAtStart({ prompt, created_at, host }: TaskInput): TaskMemo {
  return { prompt: firstLine(prompt), created_at: created_at ?? null, host: host ?? null };
}

/** Of a running task. `host`: the one that has it now. */
export function memoOfTask(input: TaskInput, record: TaskRecord, host: string | null): TaskMemo {
  return { ...memoAtStart(input), created_at: input.created_at ?? timestampOf(record.created_at), host };
}

export function progressOf(record: TaskRecord): TaskProgress {
  const { state, iterations, updated_at, provider, model, usage } = record;
  return { status: statusOf(state), iterations, updated_at: timestampOf(updated_at), provider, model, usage };
}

/** Reads a decoded memo. @returns undefined when it has none: any client may start a workflow with any memo */
export function taskMemoOf(memo: Readonly<Record<string, unknown>> | undefined): TaskMemo | undefined {
  const { prompt, created_at, host, progress } = Object(memo?.[MEMO_TASK]) as Loose<TaskMemo>;
  if (typeof prompt !== 'string' || !isTextOrNull(created_at)) return undefined;
  if (host !== null && !(typeof host === 'string' && HOST_NAME.test(host))) return undefined;
  return { prompt: firstLine(prompt), created_at, host, ...(isProgress(progress) ? { progress } : {}) };
}

/** The host that has the files of a task; null when its memo names none. */
export function hostIn(memo: Readonly<Record<string, unknown>> | undefined): string | null {
  return taskMemoOf(memo)?.host ?? null;
}

/** True when another host has the files of a task: its host is known, and it is not this one. */
export function isElsewhere(host: string | null, { here }: { readonly here: string }): boolean {
  return host !== null && host !== here;
}

export function sameMemo(a: TaskMemo | undefined, b: TaskMemo): boolean {
  return a?.prompt === b.prompt && a.created_at === b.created_at && a.host === b.host;
}

// ---

type Loose<T> = { readonly [K in keyof T]?: unknown };

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isProgress(value: unknown): value is TaskProgress {
  const { status, iterations, updated_at, provider, model, usage } = Object(value) as Loose<TaskProgress>;
  return (
    STATUSES.some((name) => name === status) &&
    Number.isSafeInteger(iterations) &&
    typeof updated_at === 'string' &&
    isTextOrNull(provider) &&
    isTextOrNull(model) &&
    typeof usage === 'object' &&
    usage !== null
  );
}
