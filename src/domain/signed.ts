/** What carries a signature. Types only. */

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
