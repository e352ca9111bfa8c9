/**
 * Sends an activity to a worker: the conversation by its token, and whole only after a cache miss, with the state that
 * the files are to show. So history holds the conversation once, and once more for each change of worker. An activity
 * that the task's host does not take goes to another host, where nothing binds the task to its own, or waits for it.
 */
import type { Duration } from '@temporalio/common';
import { patched, workflowInfo } from '@temporalio/workflow';
import type { Base, CacheMiss, MirrorReport } from '../src/domain/activity-calls.js';
import type { Message } from '../src/domain/conversation.js';
import type { HostReport } from '../src/domain/host-change.js';
import { FAILURES } from '../src/domain/protocol.js';
import { hostQueueOf } from '../src/domain/worker-names.js';
import type { TaskActivities } from './activities.js';
import { failureType, wasNeverStarted } from './classify-failure.js';
import type { SentCall } from './host-bonds.js';
import { HostWait } from './host-wait.js';
import type { PendingMirror } from './pending-mirror.js';
import type { TaskRun } from './task-state.js';

type Lean = 'lean' | 'expect' | 'whole';
type Answer = { readonly kind: string } & MirrorReport;

export interface Parcel {
  readonly base: Base;
  readonly groups: Message[][];
  /** The task queue, and how long the host may take to begin. */
  readonly where: { readonly taskQueue: string; readonly scheduleToStartTimeout?: Duration };
  readonly activities: TaskActivities;
}

export type Schedule<R> = (parcel: Parcel) => Promise<R | CacheMiss>;

export interface Destination {
  /** Only the task's host may take it, and it writes the pending mirror in parallel. The usual case. */
  readonly bound?: boolean;
  /** It goes to this host alone, which is not that of the task yet. */
  readonly to?: string;
  /** The unsafe call that it runs. */
  readonly call?: SentCall | undefined;
  /** Where the task stays with a host that does not take it: the caller asks another one, or only the files wait. */
  readonly otherwise?: 'ask another' | 'files wait' | undefined;
}

export interface Sending<R, T> extends Destination {
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
  readonly #hostWait: HostWait;

  constructor(
    private readonly run: TaskRun,
    private readonly pendingMirror: PendingMirror,
    private readonly activities: TaskActivities,
  ) {
    this.#hostWait = new HostWait(run);
  }

  /** No worker polls the host's queue, and the task stays with that host. */
  get hostIsAway(): boolean {
    return this.#hostWait.isAway;
  }

  /**
   * Not `async`, and takes its continuation as an argument: the sandbox takes a stack trace for each promise, and every
   * iteration passes here.
   */
  send<R extends Answer, T = Exclude<R, CacheMiss>>(
    schedule: Schedule<R>,
    sending: Sending<R, T> = {},
    how: Lean = 'lean',
  ): Promise<T> {
    const { done, failed } = sending;
    if (sending.call && this.run.host === null && this.run.bonds.lost)
      return this.#findHost().then(() => this.send(schedule, sending));
    const token = this.run.state;
    const parcel = this.#parcel(how, sending);
    const { record } = parcel.base;
    const since = Date.now();
    return schedule(parcel).then(
      (result) => {
        if (!isCacheMiss(result)) {
          if (record) this.pendingMirror.acknowledge(result);
          this.#answeredBy(parcel.base, result);
          const heard = result as Exclude<R, CacheMiss>;
          return done ? done(heard) : (heard as T);
        }
        this.pendingMirror.restore(record);
        if (result.usage) this.run.spend(result.usage);
        if (result.kind !== 'elsewhere') return this.send(schedule, sending, this.#next(how, token));
        this.#scattered = true;
        return this.send(schedule, this.#afterRefusal(parcel.base, result, sending), how);
      },
      (error) => {
        this.pendingMirror.restore(record);
        // A worker that does not admit the run has kept nothing of what was sent.
        if (failureType(error) === FAILURES.restarted) this.forget();
        if (this.#isResent(error, sending, { parcel, since })) return this.send(schedule, sending);
        if (failed) return failed(error);
        throw error;
      },
    );
  }

  /** A worker died: what was sent to it is lost. */
  forget(): void {
    this.#shipped = undefined;
    this.#hostWait.end();
  }

  /** The task continues on another host by a person's word. */
  moveTo(host: string, report: HostReport): void {
    this.run.leaveHost(Date.now());
    this.run.settleAt(host, report);
    this.#scattered = true;
    this.forget();
  }

  /**
   * Whether an activity is to be sent again because its host has not taken it. Runs that were recorded before this rule
   * gave only iterations a limit, and asked another host.
   */
  #isResent(error: unknown, { call, otherwise }: Destination, { parcel, since }: Sent): boolean {
    const { base, where } = parcel;
    const { host } = base;
    if (where.scheduleToStartTimeout === undefined || host === undefined) return false;
    if (failureType(error) !== 'timeout:SCHEDULE_TO_START') return false;
    if (!patched('lost-host')) return false;
    // Another activity has found it out before.
    if (this.run.host !== host) return true;
    if (call && !wasNeverStarted(error)) call.lost = true;
    if (this.run.bonds.mayLeave(call)) {
      this.run.leaveHost(since);
      return true;
    }
    this.#hostWait.goesAway({ host, since });
    return otherwise !== 'ask another';
  }

  /**
   * Before an unsafe call is sent: its claim must lie where the call is sent again, whatever becomes of the worker that
   * takes it first.
   */
  async #findHost(): Promise<void> {
    this.pendingMirror.markDirty();
    const write: Schedule<Answer> = ({ base, groups, where, activities }) =>
      activities.mirror.executeWithOptions(where, [base, ...groups]);
    await this.send(write, { otherwise: 'files wait' });
    const { lost } = this.run.bonds;
    if (this.run.host !== null || !lost) return;
    // A worker of an earlier version names no host.
    this.run.returnTo(lost.host);
    this.#hostWait.goesAway(lost);
  }

  /** A worker has not taken the task over: its host still polls, or this one cannot have it. The task stays there. */
  #afterRefusal<R, T>({ newHost }: Base, { reason }: CacheMiss, sending: Sending<R, T>): Sending<R, T> {
    if (!newHost || this.run.host !== null) return sending;
    this.run.returnTo(newHost.host);
    if (reason !== undefined) this.#hostWait.goesAway(newHost, reason);
    if (sending.otherwise === 'ask another') return { ...sending, bound: false };
    if (reason === undefined) this.#hostWait.becomesBusy();
    return sending;
  }

  #answeredBy({ newHost, host }: Base, report: MirrorReport): void {
    if (newHost && this.run.host === null && report.host !== undefined) this.run.settleAt(report.host, report);
    if (!this.#hostWait.isHere && host !== undefined && host === this.run.host) this.#hostWait.end();
  }

  #next(how: Lean, token: string | null): Lean {
    // A newer result arrived meanwhile: the worker that gave it has the conversation.
    if (this.run.state !== token) return 'lean';
    return this.#shipped === token && how !== 'expect' ? 'expect' : 'whole';
  }

  #parcel(how: Lean, { bound: isBound = true, to, otherwise }: Destination): Parcel {
    const { state, input, bonds } = this.run;
    const host = to ?? this.run.host;
    // Without its host, a task needs one from the worker that takes this.
    const bound = isBound || (host === null && bonds.lost !== null);
    const sendsWhole = how === 'whole' || (state === null && this.run.hasMore);
    const whole = sendsWhole ? this.run.wholeGroups() : [];
    const tail = this.run.tailGroups();
    if (sendsWhole) this.#shipped = state;
    // No host yet: the worker that takes the first iteration becomes the host.
    const record = bound || host === null ? this.pendingMirror.takeSnapshot() : undefined;
    if (bound && host !== null && to === undefined && otherwise === undefined) this.#hostWait.show();
    return {
      base: {
        state,
        ...(sendsWhole ? { whole: whole.length } : {}),
        ...(sendsWhole ? { start: input } : {}),
        ...(how === 'expect' ? { expect: true as const } : {}),
        ...(bound && host !== null ? { host } : {}),
        ...(host === null && bonds.lost ? { newHost: bonds.lost } : {}),
        ...(record ? { record } : {}),
      },
      groups: sendsWhole ? [...whole, ...tail] : tail,
      where: this.#where(bound ? host : null, to !== undefined),
      activities: this.activities,
    };
  }

  #where(host: string | null, isMove: boolean): Parcel['where'] {
    const { taskQueue: common } = workflowInfo();
    if (host === null || !(this.#scattered || isMove)) return { taskQueue: common };
    const taskQueue = hostQueueOf(common, host);
    const { limit } = this.#hostWait;
    return isMove || limit === undefined ? { taskQueue } : { taskQueue, scheduleToStartTimeout: limit };
  }
}

// ---

interface Sent {
  readonly parcel: Parcel;
  readonly since: number;
}

function isCacheMiss(result: Answer): result is CacheMiss {
  return result.kind === 'needed' || result.kind === 'elsewhere';
}
