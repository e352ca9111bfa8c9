/**
 * Whether a task that says that it waits for decisions still needs one: a decision may wait for its turn or for the end of a
 * pause, and in runs that an older version began the memo tells of a call until it has its result.
 */
import type { Phase } from '../domain/task.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { CALL_WAITS, type WaitingApproval, waitingCallsOf } from './approvals.js';

/** No decision on the call has arrived that a worker is yet to act on. */
export function isUndecided({ taken = null, queued = [] }: WaitingApproval): boolean {
  return taken === null && queued.length === 0;
}

/** `phase`: of the task, as its memo has it. Without a worker that answers, the memo counts. */
export async function isLeftToPerson(client: TemporalClient, id: string, phase: Phase): Promise<boolean> {
  if (!CALL_WAITS.has(phase)) return true;
  const calls = await waitingCallsOf({ client }, id, SOON_MS).catch(() => undefined);
  return calls === undefined || calls.some(isUndecided);
}

// ---

const SOON_MS = 3_000;
