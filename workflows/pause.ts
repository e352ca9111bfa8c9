/**
 * Halts a task that a person has paused: at the beginning of an iteration, before a call is started, and before the
 * model is asked. Holds no worker slot. The time limit of the task counts meanwhile.
 */
import { condition } from '@temporalio/workflow';
import { timerSummary } from '../src/domain/wait.js';
import type { PendingApprovals } from './approvals.js';
import type { Waiter } from './person-wait.js';
import { updateSearchAttributes } from './search-attributes.js';
import { writeWait, writeWaitOver } from './task-memo.js';

export type PausedPart = Waiter & { readonly approvals?: PendingApprovals };

/**
 * @returns undefined when the task is not paused; `moved`: history is long, or the task's time is over, and the loop
 * takes over
 */
export function whilePaused(part: PausedPart): Promise<'moved' | 'over'> | undefined {
  return part.control.paused ? waitPaused(part) : undefined;
}

// ---

async function waitPaused(part: PausedPart): Promise<'moved' | 'over'> {
  const { run, control, mirroring, mustMove } = part;
  for (let paused = control.paused; paused; paused = control.paused) {
    const reason = paused.reason === null ? 'paused' : `paused: ${paused.reason}`;
    mirroring.flush();
    if (run.phase !== 'paused' || run.reason !== reason) {
      run.show('paused', reason);
      writeWait(run, 'paused', reason);
      updateSearchAttributes(run, 'Paused');
    }
    if (mustMove() || run.timeLeft === 0) return 'moved';
    const shown = paused;
    const changed = (): boolean => control.paused !== shown || mustMove();
    await (run.timeLeft === null
      ? condition(changed)
      : condition(changed, run.timeLeft, { summary: timerSummary('time limit', reason) }));
  }
  leave(part);
  return 'over';
}

/** Several calls may have been halted. */
function leave({ run, approvals, mirroring }: PausedPart): void {
  if (run.phase !== 'paused') return;
  run.show('thinking', null);
  if (approvals?.isWaiting) {
    approvals.show(mirroring);
    return;
  }
  writeWaitOver();
  updateSearchAttributes(run, 'Running');
}
