/**
 * The state that a run of a task passes to the next run, in addition to its input and its conversation. A type only.
 */

import type { JudgedCall } from './activity-calls.js';
import type { ControlMessage, MessageReceipt, Paused, RaisedLimits, ReachedLimit } from './control.js';
import type { HostReport, LostHost, MoveMessage } from './host-change.js';
import type { Ask, Decision, SignedMessage } from './messages.js';
import type { NotifyInput } from './notify-activity.js';
import type { SearchAttribute } from './search.js';
import type { TaskRecord } from './task.js';
import type { Wait } from './wait.js';

export interface Carried {
  readonly record: TaskRecord;
  readonly started_at: number;
  readonly state: string | null;
  /** How many of the messages are the tail. */
  readonly tail: number;
  readonly judged: readonly JudgedCall[];
  readonly host: string | null;
  /** What binds the task to its host; absent: from an earlier version, which did not note it. */
  readonly bound?: CarriedBonds;
  readonly searchable: boolean;
  /** Search attributes beside the first two that are registered; absent: none. */
  readonly searches?: readonly SearchAttribute[];
  /** The host that has a notifier, and for what; absent: none has. */
  readonly notifier?: HostReport;
  /** Events that it has not been told of. */
  readonly untold?: readonly NotifyInput[];
  readonly cap: number | null;
  readonly errors: number;
  readonly errors_since: number | null;
  /** The reason alone: from an earlier version. */
  readonly wait: string | Wait | null;
  /** Messages that were not handled yet. */
  readonly wakes: readonly SignedMessage[];
  readonly decisions: readonly Decision[];
  /** Calls that wait for approval. */
  readonly asks: readonly Ask[];
  /** Messages that are to move the task, and the ids of those that were handled. */
  readonly moves?: readonly MoveMessage[];
  readonly moved?: readonly string[];
  /** Of the control by a person; absent: nothing has been said. */
  readonly control?: CarriedControl;
}

export interface CarriedControl {
  /** What has not been verified yet. */
  readonly unverified: readonly ControlMessage[];
  readonly messages: readonly MessageReceipt[];
  /** Ids of verified signals that are not messages: each counts once. */
  readonly seen: readonly string[];
  readonly paused: Paused | null;
  readonly limit: ReachedLimit | null;
  readonly raised: RaisedLimits;
}

/** What binds a task to its host. */
export interface CarriedBonds {
  /** Other hosts have the same workspace. */
  readonly shared: boolean;
  /** A call has changed something on the host, or may have. */
  readonly traces: boolean;
  /** Unsafe calls that may have been started there and have no result. */
  readonly claimed: readonly string[];
  /** Calls whose reply was accepted when another host had the task. */
  readonly inherited: readonly string[];
  /** The host that did not take its activities, when no other has answered yet. */
  readonly lost: LostHost | null;
}
