/**
 * The door of signals: anybody can send one, with anything in it. What has the shape of a message of ours is taken over field
 * by field, bounded; all else is dropped. A value nested a million deep would otherwise fail the workflow task for ever.
 */

export function toSignedMessage(raw: unknown): SignedMessage | undefined {
  const { id, run, signature } = Object(raw) as Loose<SignedMessage>;
  if (!isText(id, 64) || (run !== undefined && !isText(run, 64))) return undefined;
  return { id, ...(run === undefined ? {} : { run }), ...signed(signature) };
}

export function toDecision(raw: unknown): Decision | undefined {
  const { id, call, decision, args, chain, expires, reason, signature } = Object(raw) as Loose<Decision>;
  if (!isText(id, 64) || !isText(call, 128) || !isText(args, 64) || !isText(chain, 64)) return undefined;
  if ((decision !== 'approve' && decision !== 'deny') || typeof expires !== 'number') return undefined;
  if (reason !== undefined && !isText(reason, MAX_REASON)) return undefined;
  return {
    id,
    call,
    decision,
    args,
    chain,
    expires,
    ...(reason === undefined ? {} : { reason }),
    ...signed(signature),
  };
}

/** Code units of a reason. */
export const MAX_REASON = 2_000;

export interface Signature {
  /** The workflow id, or `schedule:<id>`. */
  readonly scope: string;
  /** HMAC-SHA-256, hex. */
  readonly mac: string;
  /** Of a start: makes each signing a different one. Covered by the MAC. */
  readonly nonce?: string;
  /** Of a start: when it was signed, as the files print times. Covered by the MAC. */
  readonly signed_at?: string;
}

/** A signed message to a running task. */
export interface SignedMessage {
  readonly id: string;
  /** The run that the message is for; absent: whichever run of the task is open. */
  readonly run?: string;
  readonly signature?: Signature;
}

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

// ---

type Loose<T> = { readonly [K in keyof T]?: unknown };

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most;
}

function signed(raw: unknown): { signature?: Signature } {
  const { scope, mac } = Object(raw) as Loose<Signature>;
  return isText(scope, 256) && isText(mac, 64) ? { signature: { scope, mac } } : {};
}
