/**
 * Signatures, signed messages, decisions and approvals, and the entry point of signals. Any client can send a signal
 * with any content: the fields of a known message are taken over one by one, bounded; all else is dropped. A value
 * nested a million deep would otherwise fail the workflow task for ever.
 */
import { utf8Length } from './conversation.js';

export function toSignedMessage(raw: unknown): SignedMessage | undefined {
  const { id, run, signature } = Object(raw) as Loose<SignedMessage>;
  if (!isText(id, 64) || (run !== undefined && !isText(run, 64))) return undefined;
  return { id, ...(run === undefined ? {} : { run }), ...signed(signature) };
}

export function toDecision(raw: unknown): Decision | undefined {
  const { id, call, decision, args, chain, expires, reason, text, signature } = Object(raw) as Loose<Decision>;
  if (!isText(id, 64) || !isText(call, 128) || !isText(args, 64) || !isText(chain, 64)) return undefined;
  if (!isOneOf(decision, DECISIONS) || typeof expires !== 'number') return undefined;
  if (reason !== undefined && !isText(reason, MAX_REASON)) return undefined;
  if (text === undefined ? decision === 'answer' : !isAnswer(text)) return undefined;
  return {
    id,
    call,
    decision,
    args,
    chain,
    expires,
    ...(reason === undefined ? {} : { reason }),
    ...(isAnswer(text) ? { text } : {}),
    ...signed(signature),
  };
}

/** How the id of a resume begins that a worker sends when it starts: it may have a missing key. */
export const WORKER_RESUME = 'worker.';

/** Code units of a reason. */
export const MAX_REASON = 2_000;
/** UTF-8 bytes of an answer. */
export const MAX_ANSWER_BYTES = 64 * 1024;

export const DECISIONS = ['approve', 'deny', 'answer', 'judge'] as const;

export interface Signature {
  /** The workflow id, or `schedule:<id>`. */
  readonly scope: string;
  /** HMAC-SHA-256, hex. */
  readonly mac: string;
  /** Of a start: makes each signature different. Covered by the MAC. */
  readonly nonce?: string;
  /** Of a start: when it was signed, in the time format of the files. Covered by the MAC. */
  readonly signed_at?: string;
}

/** A signed message to a running task. */
export interface SignedMessage {
  readonly id: string;
  /** The run that the message is for; absent: the open run of the task. */
  readonly run?: string;
  readonly signature?: Signature;
}

/**
 * A person's decision on a call that waits for approval, or a person's answer to a question. It counts only for what they were shown: this task, this call,
 * these arguments, this chain of runs, until it expires.
 */
export interface Decision extends SignedMessage {
  readonly call: string;
  /** `judge` decides nothing: the policy may have changed, and the worker is to judge the call again. */
  readonly decision: (typeof DECISIONS)[number];
  /** SHA-256 of the canonical JSON of name and arguments, hex. */
  readonly args: string;
  /** Id of the first run of the chain. */
  readonly chain: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Shown to the model, with `deny`. */
  readonly reason?: string;
  /** The person's answer, with `answer`; at most 64 KiB of UTF-8. */
  readonly text?: string;
}

/** A call that waits for a person. */
export interface Ask {
  readonly call: string;
  /** The call asks the person something. Absent: it needs approval. */
  readonly kind?: 'question';
  /** Why approval is needed, or the start of the question, for the person. */
  readonly reason: string;
  /** Milliseconds since 1970, as `expires`: from then on it counts as denied; `NO_EXPIRY` for no time limit. */
  readonly asked: number;
  readonly expires: number;
}

/** As returned by the query `approvals`. */
export interface Approval extends Ask {
  readonly tool: string;
  /** Exactly what would run. */
  readonly args: unknown;
  readonly chain: string;
  /** Where it would run; empty for the worker's own workspace. */
  readonly workspace: string;
  /** Why the last decision did not count; null when none was refused. */
  readonly refused: string | null;
  /** Id of the decision that a worker acts on (not of a judgement); null for none. Absent from workers of earlier versions. */
  readonly taken?: string | null;
  /** Ids of the decisions that have arrived and wait for their turn. */
  readonly queued?: readonly string[];
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

function isAnswer(value: unknown): value is string {
  return isText(value, MAX_ANSWER_BYTES) && utf8Length(value) <= MAX_ANSWER_BYTES;
}

function isOneOf<T>(value: unknown, all: readonly T[]): value is T {
  return all.some((one) => one === value);
}

function signed(raw: unknown): { signature?: Signature } {
  const { scope, mac } = Object(raw) as Loose<Signature>;
  return isText(scope, 256) && isText(mac, 64) ? { signature: { scope, mac } } : {};
}
