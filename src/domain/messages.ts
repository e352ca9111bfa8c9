/**
 * The door of signals: anybody can send one, with anything in it. What has the shape of a message of ours is taken over field
 * by field, bounded; all else is dropped. A value nested a million deep would otherwise fail the workflow task for ever.
 */
import type { Decision } from './approval.js';
import type { Signature, SignedMessage } from './signed.js';

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

// ---

type Loose<T> = { readonly [K in keyof T]?: unknown };

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most;
}

function signed(raw: unknown): { signature?: Signature } {
  const { scope, mac } = Object(raw) as Loose<Signature>;
  return isText(scope, 256) && isText(mac, 64) ? { signature: { scope, mac } } : {};
}
