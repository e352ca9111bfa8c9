/**
 * The state that a run of a task passes to the next run, in addition to its input and its conversation. A type only.
 */
import type { Ask, Decision, SignedMessage } from './messages.js';
import type { JudgedCall } from './protocol.js';
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
  readonly searchable: boolean;
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
}
