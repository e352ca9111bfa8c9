/**
 * Halts a task that a person has paused: at the beginning of an iteration, before a call is started, before the model is
 * asked, and in a wait for a person or for the next try. Holds no worker slot. The time limit of the task counts meanwhile.
 */
import { condition } from '@temporalio/workflow';
import { timerSummary } from '../src/domain/wait.js';
import type { PendingApprovals } from './approvals.js';
import { updateSearchAttributes } from './search-attributes.js';
import { writeWait, writeWaitOver } from './task-memo.js';
import { tellNearLimits } from './tell.js';
import { untilTimeMark } from './time-mark.js';
import type { Waiter } from './waiter.js';

export type PausedPart = Waiter & { readonly approvals?: PendingApprovals };

/**
 * @returns undefined when the task is not paused; `moved`: history is long, or the task's time is over, and the loop
 * takes over
 */
export function whilePaused(part: PausedPart): Promise<'moved' | 'over'> | undefined {
  return part.control.paused ? waitPaused(part) : undefined;
}

/** The same for a task that waits at a limit already: no time ends its pause. */
export function whilePausedAtLimit(part: PausedPart): Promise<'moved' | 'over'> {
  return waitPaused(part, true);
}

// ---

async function waitPaused(part: PausedPart, isAtLimit = false): Promise<'moved' | 'over'> {
  const { run, control, mirroring, mustMove } = part;
  for (let paused = control.paused; paused; paused = control.paused) {
    const reason = paused.reason === null ? 'paused' : `paused: ${paused.reason}`;
    mirroring.flush();
    if (run.phase !== 'paused' || run.reason !== reason) {
      run.show('paused', reason);
      writeWait(run, 'paused', reason);
      updateSearchAttributes(run, 'Paused');
    }
    const timeLeft = isAtLimit ? null : run.timeLeft;
    if (mustMove() || timeLeft === 0) return 'moved';
    const shown = paused;
    const changed = (): boolean => control.paused !== shown || mustMove();
    const left = timeLeft && Math.min(timeLeft, untilTimeMark(run) ?? timeLeft);
    await (left === null
      ? condition(changed)
      : condition(changed, left, { summary: timerSummary('time limit', reason) }));
    tellNearLimits(run, 'between replies');
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
