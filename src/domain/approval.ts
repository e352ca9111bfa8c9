/** A call that waits for a person, and what they say of it, as it crosses the walls. Types only. */
import type { SignedMessage } from './signed.js';

/**
 * What a person says of a call that waits for approval. It counts for what they were shown and for nothing else: this task,
 * this call, these arguments, this chain of runs, until it expires.
 */
export interface Decision extends SignedMessage {
  readonly call: string;
  readonly decision: 'approve' | 'deny';
  /** SHA-256 of the canonical JSON of name and arguments, hex. */
  readonly args: string;
  /** Id of the first run of the chain. */
  readonly chain: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** For the model, with `deny`. */
  readonly reason?: string;
}

/** A call that waits for approval. */
export interface Ask {
  readonly call: string;
  /** Why it is asked, for the person. */
  readonly reason: string;
  /** Milliseconds since 1970, as `expires`: from then on it counts as denied. */
  readonly asked: number;
  readonly expires: number;
}

/** As the query `approvals` shows it. */
export interface Approval extends Ask {
  readonly tool: string;
  /** Exactly what would run. */
  readonly args: unknown;
  readonly chain: string;
  /** Where it would run; empty: the worker's own workspace. */
  readonly workspace: string;
  /** Why the last decision that came did not count; null: none was refused. */
  readonly refused: string | null;
}

/** The answer to the query `approvals`. */
export interface ApprovalsAnswer {
  readonly approvals: readonly Approval[];
}
