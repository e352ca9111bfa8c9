/**
 * Waits durably for the next try: for a person, after an error that only a person can fix or a restart from outside, or
 * for the time that a provider named. Holds no worker slot.
 */
import { condition } from '@temporalio/workflow';
import type { SignedMessage } from '../src/domain/messages.js';
import { pauseOf, sentenceOfWait, timerSummary, type Wait } from '../src/domain/wait.js';
import { whilePaused } from './pause.js';
import { updateSearchAttributes } from './search-attributes.js';
import { writeWait, writeWaitOver } from './task-memo.js';
import { tellNearLimits, tellWait } from './tell.js';
import { untilTimeMark } from './time-mark.js';
import type { Waiter } from './waiter.js';

/** @returns the message that ended the wait; undefined when its time is over; `moved` to continue as new */
export async function waitForTry(waiter: Waiter, wait: Wait): Promise<SignedMessage | undefined | 'moved'> {
  const { run, inbox, control, mustMove } = waiter;
  inbox.open = true;
  // A message may be what helps.
  const { arrivals } = control;
  let isTold = false;
  for (;;) {
    if (control.haltsWaits && (await whilePaused(waiter)) === 'moved')
      return mustMove() ? 'moved' : inbox.wakes.shift();
    show(waiter, wait, isTold);
    isTold = true;
    if (mustMove()) return 'moved';
    const mark = untilTimeMark(run) ?? Number.POSITIVE_INFINITY;
    const left = Math.min(pauseOf(wait, Date.now()), run.timeLeft ?? Number.POSITIVE_INFINITY, mark);
    const isOver = !(await condition(
      () => inbox.wakes.length > 0 || control.arrivals > arrivals || control.haltsWaits,
      Math.max(1, left),
      { summary: timerSummary('next try', wait.reason) },
    ));
    if (isOver && left === mark && run.timeLeft !== 0) tellNearLimits(run, 'between replies');
    else if (isOver || !control.haltsWaits) return inbox.wakes.shift();
  }
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

// ---

function show({ run, mirroring }: Waiter, wait: Wait, isTold: boolean): void {
  const { phase } = wait;
  const reason = sentenceOfWait(wait);
  mirroring.flush();
  if (run.phase === phase && run.reason === reason) return;
  run.show(phase, reason);
  writeWait(run, phase, reason);
  if (phase !== 'waiting_person') return;
  updateSearchAttributes(run, 'Waiting');
  if (!isTold) tellWait(run, wait, reason);
}
