/** What the loop hands to each of its waits. A type only. */
import type { Wait } from '../src/domain/wait.js';
import type { Control } from './control.js';
import type { Inbox } from './inbox.js';
import type { MirrorQueue } from './mirror-queue.js';
import type { TaskRun } from './task-state.js';

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
