/**
 * How a person controls a running task: the content of the signals `message`, `withdraw`, `pause`, `unpause` and `raise`,
 * and the answer to the query `inbox`. Any client can send a signal with any content: the fields are taken over one by
 * one, bounded; all else is dropped. Pure; the workflow sandbox imports this file.
 */
import { utf8Length } from './conversation.js';
import type { Limits } from './limits.js';
import { MAX_REASON, type SignedMessage, toSignedMessage } from './messages.js';

/**
 * When a message is delivered. `steer`: before the next model call. `queue`: when the task would end with its answer.
 * `interrupt`: at once; what is in flight is cancelled.
 */
export const MESSAGE_MODES = ['steer', 'queue', 'interrupt'] as const;
export type MessageMode = (typeof MESSAGE_MODES)[number];

/** Bytes of the text of one message, as UTF-8. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/**
 * What a person says to a running task, for the signal `message`. `run`, where it is given, is the id of the run or of
 * the first run of its chain.
 */
export interface PersonMessage extends SignedMessage {
  readonly text: string;
  /** Default: `steer`. */
  readonly mode?: MessageMode;
}

/** Takes back a message that has not been delivered, for the signal `withdraw`. */
export interface WithdrawMessage extends SignedMessage {
  /** Id of the message. */
  readonly message: string;
}

/** Halts a task between two steps, for the signal `pause`. Needs no signature, as a cancel needs none. */
export interface PauseMessage {
  readonly id?: string;
  /** At most 2,000 characters. */
  readonly reason?: string;
}

/** The limits that the signal `raise` may set: absolute values. One that is not higher than that in force is ignored. */
export type RaisedLimits = Partial<
  Pick<Limits, 'max_iterations' | 'max_total_tokens' | 'max_time_ms' | 'max_cost_usd'>
>;

/** Raises limits of a running task, for the signal `raise`. */
export interface RaiseMessage extends SignedMessage {
  readonly limits: RaisedLimits;
}

/** A signed signal whose signature has not been verified. */
export type ControlMessage =
  | { readonly signal: 'message'; readonly message: PersonMessage }
  | { readonly signal: 'withdraw'; readonly message: WithdrawMessage }
  | { readonly signal: 'unpause'; readonly message: SignedMessage }
  | { readonly signal: 'raise'; readonly message: RaiseMessage };

/** What the activity `verifyControl` gets. */
export interface VerifyControlInput {
  readonly controls: readonly ControlMessage[];
  /** Id of the first run of the chain. */
  readonly chain: string;
}

/** For each of them, in their order, whether it counts. */
export interface VerifyControlResult {
  readonly kind: 'verified';
  readonly valid: readonly boolean[];
}

/** `accepted`: its signature counts, and it waits to be delivered. */
export type MessageState = 'accepted' | 'delivered' | 'withdrawn' | 'refused';

/** What has become of one message. */
export interface MessageReceipt {
  readonly id: string;
  readonly mode: MessageMode;
  /** The beginning of it, once nothing more can happen to it. */
  readonly text: string;
  readonly state: MessageState;
  /** Number of the iteration that it was delivered with; null before. */
  readonly iteration: number | null;
  /** Why it was refused; null when it was not. */
  readonly reason: string | null;
  /** Milliseconds since 1970: when the workflow got it. */
  readonly at: number;
}

/** The reason of a message that came too late. */
export const ENDED_BEFORE = 'The task had ended before it was delivered.';

export interface Paused {
  readonly reason: string | null;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** A limit at which the task waits. */
export interface ReachedLimit {
  readonly kind: LimitKind;
  readonly sentence: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export type LimitKind = 'iterations' | 'tokens' | 'cost' | 'time';

/** The answer to the query `inbox`. */
export interface InboxAnswer {
  /** The last 64, in their order of arrival. */
  readonly messages: readonly MessageReceipt[];
  /** Null: the task is not paused. */
  readonly paused: Paused | null;
  /** Null: the task does not wait at a limit. */
  readonly limit: ReachedLimit | null;
  /** Those in force. */
  readonly limits: Limits;
}

/** @returns undefined for what is no such message */
export function toPersonMessage(raw: unknown): PersonMessage | undefined {
  const { text, mode } = Object(raw) as Loose<PersonMessage>;
  const signed = toSignedMessage(raw);
  if (!signed || typeof text !== 'string' || text.trim() === '') return undefined;
  if (text.length > MAX_MESSAGE_BYTES || utf8Length(text) > MAX_MESSAGE_BYTES) return undefined;
  if (mode !== undefined && !isMode(mode)) return undefined;
  return { ...signed, text, ...(mode === undefined ? {} : { mode }) };
}

/** @returns undefined for what is no such message */
export function toWithdrawMessage(raw: unknown): WithdrawMessage | undefined {
  const { message } = Object(raw) as Loose<WithdrawMessage>;
  const signed = toSignedMessage(raw);
  return signed && typeof message === 'string' && message.length <= 64 ? { ...signed, message } : undefined;
}

/** A pause without content counts as well. */
export function toPauseMessage(raw: unknown): PauseMessage {
  const { id, reason } = Object(raw) as Loose<PauseMessage>;
  return {
    ...(typeof id === 'string' && id.length <= 64 ? { id } : {}),
    ...(typeof reason === 'string' && reason !== '' ? { reason: reason.slice(0, MAX_REASON) } : {}),
  };
}

/** @returns undefined for what is no such message, or has a limit that cannot be */
export function toRaiseMessage(raw: unknown): RaiseMessage | undefined {
  const { limits } = Object(raw) as Loose<RaiseMessage>;
  const signed = toSignedMessage(raw);
  if (!signed || typeof limits !== 'object' || limits === null) return undefined;
  const given = limits as Loose<RaisedLimits>;
  const kept = RAISABLE.filter((name) => given[name] !== undefined);
  if (kept.length === 0 || !kept.every((name) => isLimit(name, given[name]))) return undefined;
  return { ...signed, limits: Object.fromEntries(kept.map((name) => [name, given[name]])) };
}

/** The limits after a raise: a lower value, which a message from before may have, changes nothing. */
export function raisedBy(limits: Limits, raise: RaisedLimits): RaisedLimits {
  const higher = RAISABLE.filter((name) => {
    const value = raise[name];
    return value !== undefined && heightOf(value) > heightOf(limits[name]);
  });
  return Object.fromEntries(higher.map((name) => [name, raise[name]]));
}

// ---

type Loose<T> = { readonly [K in keyof T]?: unknown };

type Raisable = keyof RaisedLimits;

const RAISABLE: readonly Raisable[] = ['max_iterations', 'max_total_tokens', 'max_time_ms', 'max_cost_usd'];
const MAY_BE_NONE: ReadonlySet<Raisable> = new Set<Raisable>(['max_time_ms', 'max_cost_usd']);

function isMode(value: unknown): value is MessageMode {
  return MESSAGE_MODES.some((mode) => mode === value);
}

function isLimit(name: Raisable, value: unknown): boolean {
  if (value === null) return MAY_BE_NONE.has(name);
  return typeof value === 'number' && value > 0 && (name === 'max_cost_usd' || Number.isSafeInteger(value));
}

function heightOf(limit: number | null): number {
  return limit ?? Number.POSITIVE_INFINITY;
}
