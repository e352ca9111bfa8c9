/**
 * Has the calls that wait for approval judged again after the policy of this host has changed: one that the policy now
 * lets run, runs; one that it now refuses, is refused; all others wait on. Decides nothing itself: the worker of the
 * task judges.
 */
import { SIGNALS } from '../domain/protocol.js';
import { hostIn, isElsewhere } from '../domain/task-memo.js';
import { signDecision } from '../signing/decisions.js';
import { CALL_WAITS, waitingCallsOf } from './approvals.js';
import type { Online } from './context.js';
import { queryTasks } from './query-tasks.js';
import { memoPhase } from './workflow-state.js';

/** Of the tasks that this visibility query gives and whose host is this one. One that has ended meanwhile keeps no other from it. */
export async function judgeAgain(context: Online, query: string): Promise<void> {
  const { client, signer } = context;
  for await (const { workflowId, memo } of queryTasks(client, { query })) {
    // A question may stand before the call in the memo.
    const phase = memoPhase(memo)?.phase;
    if (phase === undefined || !CALL_WAITS.has(phase)) continue;
    if (isElsewhere(hostIn(memo), context)) continue;
    const calls = await waitingCallsOf(context, workflowId).catch(() => []);
    for (const approval of calls.filter(({ kind }) => kind === undefined)) {
      const message = signDecision(signer, workflowId, approval, { decision: 'judge' });
      await client.workflow
        .getHandle(workflowId)
        .signal(SIGNALS.decide, message)
        .catch(() => undefined);
    }
  }
}
