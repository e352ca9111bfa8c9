/**
 * Raises limits of a running task, by a signed message: a task that waits at a limit continues from the same iteration, and
 * one that runs is stopped later.
 */
import { randomUUID } from 'node:crypto';
import { type InboxAnswer, type RaisedLimits, toRaiseMessage } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { SIGNALS } from '../domain/protocol.js';
import { type ManagerContext, online, type VerbOutcome } from './context.js';
import {
  acceptedOutcome,
  awaitInbox,
  awaitPhaseOver,
  EFFECT_TIMEOUT_MS,
  queryInbox,
  RECEIPT_MS,
  runningOutcome,
  runningTask,
  sendSigned,
  UNVERIFIED,
} from './control.js';
import { refuseWhenFull } from './unseen-signals.js';

export async function raise(context: ManagerContext, id: string, limits: RaisedLimits): Promise<VerbOutcome> {
  const connected = online(context);
  const given = givenIn(limits);
  const at = await runningTask(connected, id, ACTION);
  const before = await queryInbox(connected.client, id);
  if (before) for (const one of given) refuseLower(id, one, before.limits[one.name]);
  await refuseWhenFull(connected, at);
  const message = { id: randomUUID(), limits };
  const repeat = (): Promise<void> => sendSigned(connected, { id, action: ACTION, signal: SIGNALS.raise, message });
  await repeat();
  const holds = ({ limits: now }: InboxAnswer) => given.every(({ name, value }) => now[name] === value);
  const now = await awaitInbox(connected.client, {
    at,
    repeat,
    timeoutMs: before?.limit ? EFFECT_TIMEOUT_MS : RECEIPT_MS,
    look: (answer) => (holds(answer) ? answer : undefined),
  });
  if (now.kind === 'absent') return acceptedOutcome(at, 'counts');
  if (now.kind === 'found') {
    const { limit, paused } = now.found;
    if (limit) return runningOutcome(id, `raised; it still waits: ${limit.sentence}`);
    await awaitPhaseOver(connected.client, id, 'waiting_limit');
    return runningOutcome(id, paused ? 'raised; it is paused' : 'raised');
  }
  if (!before?.limit) return runningOutcome(id, `accepted; ${UNVERIFIED}`);
  throw new RookeryError('environment', `Task '${id}' still waits: the message has had no effect so far`);
}

// ---

const ACTION = 'given other limits';

interface Given {
  readonly name: keyof RaisedLimits;
  /** Null: none. */
  readonly value: number | null;
}

/** Throws `usage` where a task would drop the message. */
function givenIn(limits: RaisedLimits): Given[] {
  const message = toRaiseMessage({ id: '', limits });
  const given = Object.entries(limits) as [keyof RaisedLimits, number | null][];
  if (message && Object.keys(message.limits).length === given.length)
    return given.map(([name, value]) => ({ name, value }));
  throw new RookeryError('usage', `The limits ${JSON.stringify(limits)} cannot be set`, {
    hint: 'Give numbers above 0 for max_iterations, max_total_tokens, max_time_ms or max_cost_usd',
  });
}

/** Current null: there is none, and nothing to raise. */
function refuseLower(id: string, { name, value }: Given, current: number | null): void {
  if (current !== null && (value === null || value > current)) return;
  const is = current === null ? 'has no such limit' : `is at ${current} already`;
  throw new RookeryError('usage', `${name} of task '${id}' ${is}; ${value} would not raise it`);
}
