/** The status object: the twelve fields of the task file, and the state from Temporal. Types and pure functions. */

import type { BackgroundState } from '../domain/background-command.js';
import type { ChangedFile, ShownWorktree } from '../domain/changed-file.js';
import { type Lineage, parentIn } from '../domain/continues.js';
import { type KnownCost, knownCost } from '../domain/cost.js';
import type { Finish } from '../domain/finish.js';
import {
  isTerminal,
  type Phase,
  type Status,
  statusOf,
  type TaskRecord,
  type TaskState,
  type Usage,
} from '../domain/task.js';
import { type AboutDetail, aboutDetail, type TaskAbout } from '../domain/task-about.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { nextTryIn } from '../domain/wait.js';
import { FILE_FIELDS, type TaskFile } from '../domain/wire.js';
import type { Child } from '../mirror/children.js';

export interface StatusDetail extends AboutDetail {
  readonly phase: Phase;
  /** Why it is in that phase, in one sentence. */
  readonly reason: string | null;
  /** Of the activity that runs or is retried. */
  readonly attempt: number | null;
  readonly source: 'temporal' | 'files';
  /** Name of the host that has the files; null: none is known. */
  readonly host: string | null;
  readonly usage: UsageDetail;
  /** Of the replies whose cost is known; null when it is of none. */
  readonly cost: KnownCost | null;
  /** What the task has changed in its workspace; null: not known. */
  readonly files: readonly ChangedFile[] | null;
  /** How the last reply ended; null before the first, and where only the files are known. */
  readonly finish: Finish | null;
  /** The task, or the run of this one, that it continues from; null when it began anew, and where it is not known. */
  readonly from: Lineage | null;
  /** The workflow that started it, or the task that it was forked from or runs again; null: none, or not known. */
  readonly parent: string | null;
  /** The tasks that were forked from it, or run it again. Empty in lists. */
  readonly children: readonly Child[];
  /** The background commands that it has started on this host. Empty in lists. */
  readonly background: readonly BackgroundDetail[];
  readonly workflow: WorkflowDetail | null;
  /** What it waits for that a person can give; empty when it waits for nothing of the kind. */
  readonly waiting: readonly WaitingDetail[];
  readonly mirror: { readonly behind_since: string | null };
  /** Absent without one, and in lists. */
  readonly worktree?: ShownWorktree;
  /** The command that a person types next. Absent in lists. */
  readonly next?: string;
}

export interface BackgroundDetail {
  /** What the model calls it. */
  readonly handle: string;
  /** Its first line, of at most 200 characters. */
  readonly command: string;
  readonly state: BackgroundState;
  readonly since: string;
  /** Null: it runs, or that is not known. */
  readonly until: string | null;
  /** How it ended; null: it runs. */
  readonly end: string | null;
}

export interface WaitingDetail {
  readonly kind: 'approval' | 'question' | 'limit' | 'pause' | 'person';
  /** Id of the call that waits; null for a task that waits for no call, and where it is not known. */
  readonly id: string | null;
  readonly text: string;
  /** Null: not known. */
  readonly since: string | null;
  /** When the wait ends without a person; null: never, or not known. */
  readonly until: string | null;
}

/** A count that is not known is null. */
export type UsageDetail = { readonly [K in Exclude<keyof Usage, 'cost'>]-?: number | null };

export interface WorkflowDetail {
  readonly id: string;
  readonly run_id: string;
  readonly task_queue: string;
  /** Over all runs of the task. */
  readonly history_events: number | null;
  readonly history_bytes: number | null;
}

export type StatusObject = TaskFile & { readonly detail: StatusDetail };

/** Why only the file of an open task is known. */
export const NO_SERVER = 'no server is running; these values come from the task files';

/** The errors of ends that come from outside the workflow. */
export const TERMINATED = 'terminated from outside';
export const TIMED_OUT = 'timed out in Temporal';
export const DELETED = 'its workflow was deleted in Temporal';

/** What a task has used, with nulls for what is not known. */
export function spentDetail(spent: Usage | undefined): Pick<StatusDetail, 'usage' | 'cost'> {
  const usage = {
    input_tokens: spent?.input_tokens ?? null,
    output_tokens: spent?.output_tokens ?? null,
    total_tokens: spent?.total_tokens ?? null,
    cached_input_tokens: spent?.cached_input_tokens ?? null,
    cache_write_tokens: spent?.cache_write_tokens ?? null,
    reasoning_tokens: spent?.reasoning_tokens ?? null,
  };
  return { usage, cost: knownCost(spent?.cost) };
}

/** `since`: milliseconds since 1970, where that is known. */
export type PhaseWait = Pick<StatusDetail, 'phase' | 'reason'> & { readonly since?: number | undefined };

/** What is known beside a file. */
export interface FileContext {
  /** Applies to a task that has not ended. */
  readonly reason: string | null;
  /** Why such a task waits, where a sidecar says it. */
  readonly wait?: PhaseWait | undefined;
  /** Name of the host that has the file. */
  readonly host: string;
  readonly spent?: Usage | undefined;
  readonly children?: readonly Child[];
  readonly background?: readonly BackgroundDetail[];
  readonly about?: TaskAbout | undefined;
  readonly from?: Lineage | undefined;
}

export function fromFiles(file: TaskFile, context: FileContext): StatusObject {
  return { ...taskFieldsOf(file), detail: detailFromFiles(file.status, context) };
}

export function detailFromFiles(status: Status, context: FileContext): StatusDetail {
  const { reason, wait, host, spent, about, from = null, children = [], background = [] } = context;
  const ended = isTerminal(status);
  const { phase, reason: why } = wait ?? { phase: 'queued', reason };
  const { usage, cost } = spentDetail(spent);
  const { name, group, labels, workspace } = aboutDetail(about ?? {});
  // Field by field: a general copy takes several times as long, and a list has thousands.
  return {
    phase: ended ? 'done' : phase,
    reason: ended ? null : why,
    attempt: null,
    source: 'files',
    host,
    usage,
    cost,
    files: null,
    finish: null,
    from,
    parent: parentIn(from),
    children,
    background,
    workflow: null,
    waiting: ended || !wait ? NOTHING : waitingFor(wait),
    mirror: UP_TO_DATE,
    name,
    group,
    labels,
    workspace,
  };
}

/** Shared by the thousands of a list. */
const UP_TO_DATE = Object.freeze({ behind_since: null });
const NOTHING: readonly WaitingDetail[] = Object.freeze([]);

/** What a phase says of what the task waits for. */
export function waitingFor({ phase, reason, since }: PhaseWait): readonly WaitingDetail[] {
  const kind = WAITS[phase];
  if (kind === undefined) return [];
  const begun = since === undefined ? null : timestampOf(microsOfMillis(since));
  const nextTry = nextTryIn(reason);
  const until = nextTry === undefined ? null : timestampOf(microsOfMillis(Date.parse(nextTry)));
  return [{ kind, id: null, text: reason ?? '', since: begun, until }];
}

/** The file with the workflow's state, which may be newer. */
export function withRecord(file: TaskFile, record: TaskRecord): TaskFile {
  return {
    ...file,
    status: statusOf(record.state),
    ...endIn(file, record.state),
    updated_at: timestampOf(record.updated_at),
    iterations: record.iterations,
    provider: record.provider,
    model: record.model,
  };
}

/** A file that shows the end of an earlier run is behind. */
function endIn({ result, error }: TaskFile, state: TaskState): Pick<TaskFile, 'result' | 'error'> {
  if (state.kind === 'running') return { result: null, error: null };
  return { result, error: state.kind === 'failed' ? state.error : error };
}

/** No wait of it is known. */
export function isWorking({ source, phase }: Pick<StatusDetail, 'source' | 'phase'>): boolean {
  return source === 'temporal' && (phase === 'thinking' || phase === 'tool' || phase === 'retrying');
}

/** Only the twelve fields, in their order. */
export function taskFieldsOf(file: TaskFile): TaskFile {
  return Object.fromEntries(FILE_FIELDS.map((field) => [field, file[field]])) as unknown as TaskFile;
}

// ---

const WAITS: Partial<Record<Phase, WaitingDetail['kind']>> = {
  waiting_approval: 'approval',
  waiting_question: 'question',
  waiting_limit: 'limit',
  waiting_person: 'person',
  paused: 'pause',
};
