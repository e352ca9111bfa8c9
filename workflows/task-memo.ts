/**
 * Writes the memo of a task: when its host is known, where the start did not say all, when it waits, and at its end.
 * Never with each iteration, because each write is an event.
 */
import { proxySinks, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { Paused } from '../src/domain/control.js';
import { MEMO_PHASE, type WorkerSinks } from '../src/domain/protocol.js';
import type { Phase } from '../src/domain/task.js';
import { correctionOf, MEMO_PROGRESS, progressOf } from '../src/domain/task-memo.js';
import type { ShownWait } from '../src/domain/wait.js';
import type { TaskRun } from './task-state.js';

/** Writes nothing when the memo is right. */
export function correctMemo({ writesMemo, input, record, filesHost: host }: TaskRun): void {
  const correction = writesMemo && correctionOf(workflowInfo().memo, input, { record, host });
  if (correction) upsertMemo(correction);
}

/** While a task waits, nothing of it changes. `why`: the reason, with what waits where the reason does not say it. */
export function writeWait(run: TaskRun, phase: Phase, why: string | Pick<ShownWait, 'reason' | 'text'>): void {
  const wait = { phase, ...(typeof why === 'string' ? { reason: why } : why) };
  upsertMemo({ [MEMO_PHASE]: wait, [MEMO_PROGRESS]: progressOf(run.record) });
  tellWorker({ ...wait, since: Date.now(), iterations: run.record.iterations });
}

export function writeWaitOver(): void {
  upsertMemo({ [MEMO_PHASE]: { phase: 'thinking', reason: null }, [MEMO_PROGRESS]: null });
  tellWorker(null);
}

export function writeEnd({ writesMemo, input, record, filesHost: host }: TaskRun): void {
  tellWorker(null);
  tellPaused(null);
  if (!writesMemo) return;
  upsertMemo({ ...correctionOf(workflowInfo().memo, input, { record, host }), [MEMO_PROGRESS]: progressOf(record) });
}

/** To the worker alone, which notes it beside the files: it must outlive a lost database. Adds no event to history. */
export function tellPaused(paused: Paused | null): void {
  proxySinks<WorkerSinks>().rookery.paused(paused);
}

// ---

/** Adds no event to history. */
function tellWorker(wait: ShownWait | null): void {
  proxySinks<WorkerSinks>().rookery.waits(wait);
}
