/**
 * A task as a list shows it without its files: from its row in visibility, and from its memo. What neither says is null.
 * Pure.
 */
import { parentIn } from '../domain/continues.js';
import { isTerminal, type Status } from '../domain/task.js';
import { aboutDetail } from '../domain/task-about.js';
import { isTaskId } from '../domain/task-id.js';
import { taskMemoOf } from '../domain/task-memo.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import type { TaskFile } from '../domain/wire.js';
import type { QueriedTask } from './query-tasks.js';
import { type StatusDetail, spentDetail, TERMINATED, TIMED_OUT, waitingFor } from './status-object.js';
import { rowPhase } from './workflow-state.js';

/** A field of the files that the list does not know is null: only `status` reads the history of a task. */
export type FromMemo<T> = {
  readonly [K in keyof T]: K extends 'id' | 'prompt' | 'status' | 'created_at' ? T[K] : T[K] | null;
};

/** @returns undefined for a workflow that is no task: it has another kind of id, or its start was refused */
export function taskOfMemo(row: QueriedTask): (FromMemo<TaskFile> & { readonly detail: StatusDetail }) | undefined {
  const { submission, host, progress, from } = taskMemoOf(row.memo);
  if (!isTaskId(row.workflowId)) return undefined;
  // A task that fails writes its memo, and a start that is refused does not.
  if (row.status === 'FAILED' && !progress && !row.encoded) return undefined;
  const { status, error } = endOf(row);
  const { iterations = null, usage } = progress ?? {};
  const state = phaseOf(row, status, error);
  return {
    id: row.workflowId,
    prompt: submission?.prompt ?? '',
    system_prompt: null,
    status,
    result: null,
    error,
    created_at: submission?.created_at ?? timestampOf(microsOfMillis(row.startTime.getTime())),
    updated_at: endedOutside(row) ?? (progress ? timestampOf(progress.updated_at) : null),
    iterations,
    provider: null,
    model: row.model,
    checkpoint: null,
    detail: {
      ...state,
      attempt: null,
      source: 'temporal',
      host: host,
      ...spentDetail(usage),
      files: null,
      finish: null,
      from: from ?? null,
      parent: parentIn(from),
      children: [],
      background: [],
      workflow: {
        ...{ id: row.workflowId, run_id: row.runId, task_queue: row.taskQueue },
        ...{ history_events: null, history_bytes: null },
      },
      waiting: waitingFor(state),
      mirror: { behind_since: null },
      ...aboutDetail(submission ?? {}),
    },
  };
}

// ---

const ENCODED = 'its data cannot be decoded; give the codec of its worker with --codec';

/** In the words of the files. */
function endOf({ status }: QueriedTask): { readonly status: Status; readonly error: string | null } {
  switch (status) {
    case 'COMPLETED':
      return { status: 'Completed', error: null };
    case 'FAILED':
      return { status: 'Failed', error: null };
    case 'CANCELLED':
      return { status: 'Cancelled', error: null };
    case 'TERMINATED':
      return { status: 'Failed', error: TERMINATED };
    case 'TIMED_OUT':
      return { status: 'Failed', error: TIMED_OUT };
    default:
      return { status: 'Running', error: null };
  }
}

/** When a run was closed that could not write its memo itself. */
function endedOutside({ closeTime, status }: QueriedTask): string | undefined {
  const isOutside = status === 'TERMINATED' || status === 'TIMED_OUT';
  return closeTime && isOutside ? timestampOf(microsOfMillis(closeTime.getTime())) : undefined;
}

function phaseOf(row: QueriedTask, status: Status, error: string | null): Pick<StatusDetail, 'phase' | 'reason'> {
  if (isTerminal(status)) return { phase: 'done', reason: row.encoded ? ENCODED : error };
  return rowPhase(row) ?? { phase: 'thinking', reason: row.encoded ? ENCODED : null };
}
