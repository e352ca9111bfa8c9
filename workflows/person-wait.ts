/**
 * Waits durably for a person, after an error that only a person can fix or a restart from outside. Holds no worker
 * slot; retries every 15 minutes.
 */
import { condition, upsertMemo } from '@temporalio/workflow';
import { FIXED } from '../src/domain/limits.js';
import type { SignedMessage } from '../src/domain/messages.js';
import { MEMO_PHASE } from '../src/domain/protocol.js';
import type { Inbox } from './inbox.js';
import type { MirrorQueue } from './mirror-queue.js';
import { updateSearchAttributes } from './search-attributes.js';
import type { TaskRun } from './task-state.js';

export interface Waiter {
  readonly run: TaskRun;
  readonly mirroring: MirrorQueue;
  readonly inbox: Inbox;
  /** History is long: the wait continues in a new run. */
  readonly mustMove: () => boolean;
  /** Why the task waits for a person; null when it does not. */
  waiting: string | null;
}

/** @returns the message that ended the wait; undefined when the retry interval is over; `moved` to continue as new */
export async function waitForPerson(
  { run, mirroring, inbox, mustMove }: Waiter,
  reason: string,
): Promise<SignedMessage | undefined | 'moved'> {
  inbox.open = true;
  mirroring.flush();
  if (run.phase !== 'waiting_person' || run.reason !== reason) {
    run.show('waiting_person', reason);
    upsertMemo({ [MEMO_PHASE]: { phase: 'waiting_person', reason } });
    updateSearchAttributes(run, 'Waiting');
  }
  if (mustMove()) return 'moved';
  const pause = Math.min(FIXED.retryWaitMs, run.timeLeft ?? FIXED.retryWaitMs);
  await condition(() => inbox.wakes.length > 0, Math.max(1, pause));
  return inbox.wakes.shift();
}

export function leaveWait(waiter: Waiter): void {
  waiter.waiting = null;
  waiter.inbox.open = false;
  waiter.inbox.wakes.length = 0;
  waiter.run.reason = null;
  upsertMemo({ [MEMO_PHASE]: { phase: 'thinking', reason: null } });
  updateSearchAttributes(waiter.run, 'Running');
}
