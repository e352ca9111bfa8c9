/** The status object: the twelve fields of the task file, and the state from Temporal. Types and pure functions. */

import type { CostSource } from '../domain/cost.js';
import {
  isTerminal,
  type Phase,
  type Spent,
  type Status,
  statusOf,
  type TaskRecord,
  type Usage,
} from '../domain/task.js';
import { timestampOf } from '../domain/timestamp.js';
import { FILE_FIELDS, type TaskFile } from '../domain/wire.js';

export interface StatusDetail {
  readonly phase: Phase;
  /** Why it is in that phase, in one sentence. */
  readonly reason: string | null;
  /** Of the activity that runs or is retried. */
  readonly attempt: number | null;
  readonly source: 'temporal' | 'files';
  readonly usage: UsageDetail;
  readonly cost: CostDetail | null;
  readonly workflow: WorkflowDetail | null;
  readonly mirror: { readonly behind_since: string | null };
}

/** A count that is not known is null. */
export type UsageDetail = { readonly [K in keyof Usage]-?: number | null };

/** Of the replies whose cost is known. */
export interface CostDetail {
  readonly usd: number;
  readonly source: CostSource;
  /** Replies whose cost is not known. */
  readonly unpriced: number;
}

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

/** What a task has used, with nulls for what is not known. */
export function spentDetail(spent: Spent | undefined): Pick<StatusDetail, 'usage' | 'cost'> {
  const counts = spent?.usage;
  const usage = {
    input_tokens: counts?.input_tokens ?? null,
    output_tokens: counts?.output_tokens ?? null,
    total_tokens: counts?.total_tokens ?? null,
    cached_input_tokens: counts?.cached_input_tokens ?? null,
    cache_write_tokens: counts?.cache_write_tokens ?? null,
    reasoning_tokens: counts?.reasoning_tokens ?? null,
  };
  const { usd, source, unpriced } = spent?.cost ?? { usd: 0, source: null, unpriced: 0 };
  return { usage, cost: source === null ? null : { usd, source, unpriced } };
}

/** `reason` applies to a task that has not ended. */
export function fromFiles(file: TaskFile, reason: string | null, spent?: Spent): StatusObject {
  return { ...taskFieldsOf(file), detail: detailFromFiles(file.status, reason, spent) };
}

export function detailFromFiles(status: Status, reason: string | null, spent?: Spent): StatusDetail {
  const ended = isTerminal(status);
  return {
    phase: ended ? 'done' : 'queued',
    reason: ended ? null : reason,
    attempt: null,
    source: 'files',
    ...spentDetail(spent),
    workflow: null,
    mirror: { behind_since: null },
  };
}

/** The file with the workflow's state, which may be newer. */
export function withRecord(file: TaskFile, record: TaskRecord): TaskFile {
  return {
    ...file,
    status: statusOf(record.state),
    error: record.state.kind === 'failed' ? record.state.error : file.error,
    updated_at: timestampOf(record.updated_at),
    iterations: record.iterations,
    provider: record.provider,
    model: record.model,
  };
}

/** Only the twelve fields, in their order. */
export function taskFieldsOf(file: TaskFile): TaskFile {
  return Object.fromEntries(FILE_FIELDS.map((field) => [field, file[field]])) as unknown as TaskFile;
}
