/**
 * The memo in which a task's workflow says what a list shows of it, for clients that have none of its files: they read
 * it from visibility, without a request for each task. Pure; the workflow sandbox imports it.
 */
import { type Lineage, lineageOf, toLineage } from './continues.js';
import type { TaskInput } from './protocol.js';
import type { TaskRecord, Usage } from './task.js';
import { aboutOf, readAbout, type TaskAbout } from './task-about.js';
import { firstLine } from './task-id.js';
import { type Micros, timestampOf } from './timestamp.js';
import { HOST_NAME } from './worker-names.js';

/** Memo keys: of a `Submission`, of the name of a host, of a `TaskProgress`. Each is an entry, so that a write is small. */
export const MEMO_TASK = 'rookery_task';
export const MEMO_HOST = 'rookery_host';
export const MEMO_PROGRESS = 'rookery_progress';
/** Memo key of a `Lineage`. */
export const MEMO_FROM = 'rookery_from';

/** What never changes. */
export interface Submission extends TaskAbout {
  /** First line of the prompt. */
  readonly prompt: string;
  readonly created_at: string;
}

/** As the files say it. Known while a task waits, and when it has ended: not each iteration writes a memo. */
export interface TaskProgress {
  readonly iterations: number;
  readonly updated_at: Micros;
  readonly usage: Usage;
}

export interface TaskMemo {
  readonly submission: Submission | undefined;
  /** Name of the host that has the files and the workspace; null: none is known. */
  readonly host: string | null;
  readonly progress: TaskProgress | undefined;
  /** Where the task comes from; undefined for a first run of its own. */
  readonly from: Lineage | undefined;
}

type Entries = Readonly<Record<string, unknown>>;

/** The memo of a start. */
export function memoAtStart(input: TaskInput): Record<string, unknown> {
  const { prompt, created_at, host } = input;
  const from = lineageOf(input);
  return {
    ...(from === undefined ? {} : { [MEMO_FROM]: from }),
    ...(created_at === undefined
      ? {}
      : { [MEMO_TASK]: { prompt: firstLine(prompt), created_at, ...aboutOf(input) } satisfies Submission }),
    ...(host === undefined ? {} : { [MEMO_HOST]: host }),
  };
}

/** What the memo lacks, or has wrong: any client may start a workflow with any memo. Undefined for nothing. */
export function correctionOf(memo: Entries | undefined, input: TaskInput, known: Known): Entries | undefined {
  const created_at = input.created_at ?? timestampOf(known.record.created_at);
  const right = memoAtStart({ ...input, created_at, ...(known.host === null ? {} : { host: known.host }) });
  const { submission, host, from } = taskMemoOf(memo);
  const { workspace: _, ...said } = right[MEMO_TASK] as Submission;
  // Memos of earlier versions lack the workspace, and no step of their runs may change.
  if (submission && isSame(said, submission)) delete right[MEMO_TASK];
  if (host === known.host) delete right[MEMO_HOST];
  if (JSON.stringify(from) === JSON.stringify(right[MEMO_FROM])) delete right[MEMO_FROM];
  else right[MEMO_FROM] ??= null;
  return Object.keys(right).length === 0 ? undefined : right;
}

export function progressOf({ iterations, updated_at, usage }: TaskRecord): TaskProgress {
  return { iterations, updated_at, usage };
}

/** Reads a decoded memo; what is not as we write it is not there. */
export function taskMemoOf(memo: Entries | undefined): TaskMemo {
  const { prompt, created_at } = Object(memo?.[MEMO_TASK]) as Loose<Submission>;
  const host = memo?.[MEMO_HOST];
  const progress = memo?.[MEMO_PROGRESS];
  const isSubmission = typeof prompt === 'string' && typeof created_at === 'string';
  return {
    submission: isSubmission ? { prompt: firstLine(prompt), created_at, ...readAbout(memo?.[MEMO_TASK]) } : undefined,
    host: typeof host === 'string' && HOST_NAME.test(host) ? host : null,
    progress: isProgress(progress) ? progress : undefined,
    from: toLineage(memo?.[MEMO_FROM]),
  };
}

/** The host that has the files of a task; null when its memo names none. */
export function hostIn(memo: Entries | undefined): string | null {
  return taskMemoOf(memo).host;
}

/** True when another host has the files of a task: its host is known, and it is not this one. */
export function isElsewhere(host: string | null, { here }: { readonly here: string }): boolean {
  return host !== null && host !== here;
}

// ---

/** What the workflow knows of its task. */
interface Known {
  readonly record: TaskRecord;
  readonly host: string | null;
}

function isSame(a: Submission, b: Submission): boolean {
  const labels = (one: Submission): string => JSON.stringify(Object.entries(one.labels ?? {}).toSorted());
  const fields = ['prompt', 'created_at', 'name', 'group'] as const;
  return fields.every((field) => a[field] === b[field]) && labels(a) === labels(b);
}

type Loose<T> = { readonly [K in keyof T]?: unknown };

function isProgress(value: unknown): value is TaskProgress {
  const { iterations, updated_at, usage } = Object(value) as Loose<TaskProgress>;
  return (
    Number.isSafeInteger(iterations) && Number.isSafeInteger(updated_at) && typeof usage === 'object' && usage !== null
  );
}
