/**
 * Waits durably for the next try: for a person, after an error that only a person can fix or a restart from outside, or
 * for the time that a provider named. Holds no worker slot.
 */
import { condition, workflowInfo } from '@temporalio/workflow';
import type { SignedMessage } from '../src/domain/messages.js';
import { pauseOf, sentenceOfWait, timerSummary, type Wait } from '../src/domain/wait.js';
import type { Control } from './control.js';
import type { Inbox } from './inbox.js';
import type { MirrorQueue } from './mirror-queue.js';
import { updateSearchAttributes } from './search-attributes.js';
import { writeWait, writeWaitOver } from './task-memo.js';
import type { TaskRun } from './task-state.js';
import { tell } from './tell.js';

export interface Waiter {
  readonly run: TaskRun;
  readonly mirroring: MirrorQueue;
  readonly inbox: Inbox;
  readonly control: Control;
  /** History is long: the wait continues in a new run. */
  readonly mustMove: () => boolean;
  /** Why the task waits; null when it does not. */
  waiting: Wait | null;
}

/** @returns the message that ended the wait; undefined when its time is over; `moved` to continue as new */
export async function waitForTry(
  { run, mirroring, inbox, control, mustMove }: Waiter,
  wait: Wait,
): Promise<SignedMessage | undefined | 'moved'> {
  const { phase } = wait;
  const reason = sentenceOfWait(wait);
  inbox.open = true;
  mirroring.flush();
  if (run.phase !== phase || run.reason !== reason) {
    run.show(phase, reason);
    writeWait(run, phase, reason);
    if (phase === 'waiting_person') {
      updateSearchAttributes(run, 'Waiting');
      // The tries of one wait are one event.
      const id = `${workflowInfo().firstExecutionRunId}/wait/${run.record.iterations}`;
      tell(run, { type: 'needs_you', id, need: 'person', reason });
    }
  }
  if (mustMove()) return 'moved';
  const pause = Math.min(pauseOf(wait, Date.now()), run.timeLeft ?? Number.POSITIVE_INFINITY);
  // A message may be what helps.
  const { arrivals } = control;
  await condition(() => inbox.wakes.length > 0 || control.arrivals > arrivals, Math.max(1, pause), {
    summary: timerSummary('next try', wait.reason),
  });
  return inbox.wakes.shift();
}

export function leaveWait(waiter: Waiter): void {
  const forPerson = waiter.waiting?.phase === 'waiting_person';
  waiter.waiting = null;
  waiter.inbox.open = false;
  waiter.inbox.wakes.length = 0;
  waiter.run.reason = null;
  writeWaitOver();
  if (forPerson) updateSearchAttributes(waiter.run, 'Running');
}
