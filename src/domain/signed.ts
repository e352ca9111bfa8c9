/** What carries a signature. Types only. */

export interface Signature {
  /** The workflow id, or `schedule:<id>`. */
  readonly scope: string;
  /** HMAC-SHA-256, hex. */
  readonly mac: string;
}

/** A signed message to a running task. */
export interface SignedMessage {
  readonly id: string;
  readonly signature?: Signature;
}
