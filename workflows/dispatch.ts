/**
 * Sends an activity to a worker: the conversation by its token, and whole only after a cache miss, with the state that
 * the files are to show. So history holds the conversation once, and once more for each change of worker.
 */
import { workflowInfo } from '@temporalio/workflow';
import type { Message } from '../src/domain/conversation.js';
import { type Base, type CacheMiss, FAILURES, type MirrorReport } from '../src/domain/protocol.js';
import { hostQueueOf } from '../src/domain/worker-names.js';
import type { TaskActivities } from './activities.js';
import { failureType } from './classify-failure.js';
import type { PendingMirror } from './pending-mirror.js';
import type { TaskRun } from './task-state.js';

type Lean = 'lean' | 'expect' | 'whole';
type Answer = { readonly kind: string } & MirrorReport;

export interface Parcel {
  readonly base: Base;
  readonly groups: Message[][];
  readonly queue: string;
  readonly activities: TaskActivities;
}

export type Schedule<R> = (parcel: Parcel) => Promise<R | CacheMiss>;

export interface Sending<R, T> {
  /** Only the task's host may take it, and it writes the pending mirror in parallel. The usual case. */
  readonly bound?: boolean;
  /** Maps the answer; default: the answer itself. */
  readonly done?: (result: Exclude<R, CacheMiss>) => T;
  /** Maps an error; default: the error is thrown. */
  readonly failed?: (error: unknown) => T;
}

export class Dispatch {
  /** The token that was last sent whole: its worker has it, or will soon. */
  #shipped: string | null | undefined;
  /**
   * True when workers of several hosts take from the common queue. Until then everything goes there: the server hands
   * an activity of that queue straight to the worker that has the workflow, which saves a third of its writes.
   */
  #scattered = false;

  constructor(
    private readonly run: TaskRun,
    private readonly pendingMirror: PendingMirror,
    private readonly activities: TaskActivities,
  ) {}

  /**
   * Not `async`, and takes its continuation as an argument: the sandbox takes a stack trace for each promise, and every
   * iteration passes here.
   */
  send<R extends Answer, T = Exclude<R, CacheMiss>>(
    schedule: Schedule<R>,
    sending: Sending<R, T> = {},
    how: Lean = 'lean',
  ): Promise<T> {
    const { bound = true, done, failed } = sending;
    const token = this.run.state;
    const parcel = this.#parcel(how, bound);
    const { record } = parcel.base;
    return schedule(parcel).then(
      (result) => {
        if (!isCacheMiss(result)) {
          if (record) this.pendingMirror.acknowledge(result);
          const heard = result as Exclude<R, CacheMiss>;
          return done ? done(heard) : (heard as T);
        }
        this.pendingMirror.restore(record);
        if (result.usage) this.run.spend(result.usage);
        if (result.kind !== 'elsewhere') return this.send(schedule, sending, this.#next(how, token));
        this.#scattered = true;
        return this.send(schedule, sending, how);
      },
      (error) => {
        this.pendingMirror.restore(record);
        // A worker that does not admit the run has kept nothing of what was sent.
        if (failureType(error) === FAILURES.restarted) this.forget();
        if (failed) return failed(error);
        throw error;
      },
    );
  }

  /** A worker died: what was sent to it is lost. */
  forget(): void {
    this.#shipped = undefined;
  }

  #next(how: Lean, token: string | null): Lean {
    // A newer result arrived meanwhile: the worker that gave it has the conversation.
    if (this.run.state !== token) return 'lean';
    return this.#shipped === token && how !== 'expect' ? 'expect' : 'whole';
  }

  #parcel(how: Lean, bound: boolean): Parcel {
    const { state, input, host } = this.run;
    const { taskQueue } = workflowInfo();
    const sendsWhole = how === 'whole' || (state === null && this.run.hasMore);
    const whole = sendsWhole ? this.run.wholeGroups() : [];
    const tail = this.run.tailGroups();
    if (sendsWhole) this.#shipped = state;
    // No host yet: the worker that takes the first iteration becomes the host.
    const record = bound || host === null ? this.pendingMirror.takeSnapshot() : undefined;
    return {
      base: {
        state,
        ...(sendsWhole ? { whole: whole.length } : {}),
        ...(sendsWhole ? { start: input } : {}),
        ...(how === 'expect' ? { expect: true as const } : {}),
        ...(bound && host !== null ? { host } : {}),
        ...(record ? { record } : {}),
      },
      groups: sendsWhole ? [...whole, ...tail] : tail,
      queue: bound && host !== null && this.#scattered ? hostQueueOf(taskQueue, host) : taskQueue,
      activities: this.activities,
    };
  }
}

// ---

function isCacheMiss(result: Answer): result is CacheMiss {
  return result.kind === 'needed' || result.kind === 'elsewhere';
}
