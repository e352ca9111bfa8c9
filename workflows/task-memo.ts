/**
 * Writes the memo of a task: at its first reply, where the start did not say it all, when its host changes, when it
 * waits, and at its end. Never with each iteration, because each write is an event.
 */
import { patched, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { MEMO_PHASE } from '../src/domain/protocol.js';
import type { Phase } from '../src/domain/task.js';
import { MEMO_TASK, memoOfTask, progressOf, sameMemo, taskMemoOf } from '../src/domain/task-memo.js';
import type { TaskRun } from './task-state.js';

/** Nothing is written when the memo is right. */
export function writeHost(run: TaskRun): void {
  const memo = memoOfTask(run.input, run.record, run.filesHost);
  if (sameMemo(taskMemoOf(workflowInfo().memo), memo) || !isWritten()) return;
  upsertMemo({ [MEMO_TASK]: memo });
}

/** The task waits: nothing of it changes until it continues. */
export function writeWait(run: TaskRun, phase: Phase, reason: string): void {
  const memo = memoOfTask(run.input, run.record, run.filesHost);
  upsertMemo({ [MEMO_PHASE]: { phase, reason }, [MEMO_TASK]: { ...memo, progress: progressOf(run.record) } });
}

export function writeWaitOver(run: TaskRun): void {
  const memo = memoOfTask(run.input, run.record, run.filesHost);
  upsertMemo({ [MEMO_PHASE]: { phase: 'thinking', reason: null }, [MEMO_TASK]: memo });
}

export function writeEnd(run: TaskRun): void {
  if (!isWritten()) return;
  const memo = memoOfTask(run.input, run.record, run.filesHost);
  upsertMemo({ [MEMO_TASK]: { ...memo, progress: progressOf(run.record) } });
}

// ---

/** False in runs that were recorded before tasks had this memo. */
function isWritten(): boolean {
  return patched('task-memo');
}
