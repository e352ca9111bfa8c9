/** What a task waits for that a person can give, for its status. */
import { stampOfExpiry } from '../domain/expiry.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { CALL_WAITS, type WaitingApproval, waitingCallsOf } from './approvals.js';
import { questionOf } from './needs.js';
import { type PhaseWait, type StatusDetail, waitingFor } from './status-object.js';

/** Of an open task. The calls are known only from its workflow; without a worker the reason of the phase stands for them. */
export async function waitingDetail(
  client: TemporalClient,
  id: string,
  state: PhaseWait,
): Promise<StatusDetail['waiting']> {
  if (!CALL_WAITS.has(state.phase)) return waitingFor(state);
  const calls = await waitingCallsOf({ client }, id).catch(() => []);
  return calls.length === 0 ? waitingFor(state) : calls.map(detailOf);
}

// ---

function detailOf(waiting: WaitingApproval): StatusDetail['waiting'][number] {
  const { kind = 'approval', call, tool, reason, asked, expires } = waiting;
  const text = kind === 'question' ? questionOf(waiting).text : `${tool}: ${reason}`;
  return { kind, id: call, text, since: timestampOf(microsOfMillis(asked)), until: stampOfExpiry(expires) };
}
