/**
 * The calls of all tasks that wait for approval, and the person's decisions. A decision is signed for what was shown.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError } from '../domain/errors.js';
import type { Approval, ApprovalsAnswer } from '../domain/messages.js';
import { QUERIES, SIGNALS } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { shortId } from '../domain/task-id.js';
import { listSummaries } from '../mirror/task-summaries.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { type PersonDecision, signDecision } from '../signing/decisions.js';
import { type ManagerContext, notFound, type Online, online, type VerbOutcome } from './context.js';
import { queryTasks } from './query-tasks.js';
import { describe } from './reconcile.js';
import { memoPhase } from './workflow-state.js';

/** A call that waits for approval, with its task. */
export interface WaitingApproval extends Approval {
  readonly task: string;
}

/** Of one task, or of all waiting tasks; in the order of the requests. */
export async function approvals(context: ManagerContext, id?: string): Promise<WaitingApproval[]> {
  const connected = online(context);
  const tasks = id === undefined ? await waitingTasks(connected) : [id];
  const all = await Promise.all(tasks.map((task) => pendingApprovals(connected, task)));
  return all.flat().sort((a, b) => a.asked - b.asked);
}

/** Resolves when the decision has taken effect; `call` may be shortened, and omitted where only one call waits. */
export async function decide(
  context: ManagerContext,
  target: { readonly id: string; readonly call?: string | undefined },
  answer: PersonDecision,
): Promise<VerbOutcome & { readonly approval: WaitingApproval }> {
  const connected = online(context);
  const { id } = target;
  if (!(await describe(connected.client, id))) throw notFound(id);
  const approval = selectApproval(target, await pendingApprovals(connected, id));
  const handle = connected.client.workflow.getHandle(id);
  const deadline = Date.now() + EFFECT_TIMEOUT_MS;
  const before = approval.refused;
  for (let sent = 0; ; ) {
    // Repeated from time to time: a flood of forged decisions may have displaced ours.
    if (Date.now() >= sent + RESEND_MS) {
      await handle.signal(SIGNALS.decide, signDecision(context.signer, id, approval, answer));
      sent = Date.now();
    }
    await pause(POLL_MS);
    const now = (await pendingApprovals(connected, id)).find(({ call }) => call === approval.call);
    const verdict = answer.decision === 'approve' ? 'approved' : 'denied';
    if (!now) return { id, ok: true, status: 'Running', message: `${verdict}: ${approval.tool}`, approval };
    if (Date.now() < deadline) continue;
    const reason = now.refused !== null && now.refused !== before ? now.refused : 'no worker has processed it yet';
    throw new RookeryError('environment', `The decision on task '${id}' has had no effect so far: ${reason}`, {
      hint: 'It counts as soon as a worker runs; see `rookery status`',
    });
  }
}

// ---

const POLL_MS = 100;
const RESEND_MS = 3_000;
const EFFECT_TIMEOUT_MS = 15_000;

async function waitingTasks({ client, paths }: Online): Promise<string[]> {
  const waiting = new Set<string>();
  const open = new Set<string>();
  for await (const { workflowId, memo } of queryTasks(client)) {
    open.add(workflowId);
    if (memoPhase(memo)?.phase === 'waiting_approval') waiting.add(workflowId);
  }
  // The agents of the user's workflows have types of the user: their files tell of them.
  const { tasks } = await listSummaries(paths);
  for (const { id } of tasks.filter(({ id, status }) => !isTerminal(status) && !open.has(id))) {
    if (memoPhase((await describe(client, id))?.memo)?.phase === 'waiting_approval') waiting.add(id);
  }
  return [...waiting];
}

/** Empty for a task that has ended meanwhile. */
async function pendingApprovals({ client }: Online, task: string): Promise<WaitingApproval[]> {
  const answer = await queryApprovals(client, task);
  return answer.approvals.map((approval) => ({ task, ...approval }));
}

async function queryApprovals(client: TemporalClient, task: string): Promise<ApprovalsAnswer> {
  const at = await describe(client, task);
  if (at?.status.name !== 'RUNNING') return { approvals: [] };
  try {
    return await client.withDeadline(Date.now() + EFFECT_TIMEOUT_MS, () =>
      client.workflow.getHandle(task, at.runId).query<ApprovalsAnswer>(QUERIES.approvals),
    );
  } catch (error) {
    // A workflow of the user whose agent has not begun.
    if ((error as Error).name === 'QueryNotRegisteredError') return { approvals: [] };
    throw new RookeryError('environment', `Task '${task}' cannot report what it waits for: no worker responds`, {
      hint: 'Run `rookery up -d`',
      cause: error,
    });
  }
}

function selectApproval(
  { id, call }: { id: string; call?: string | undefined },
  waiting: readonly WaitingApproval[],
): WaitingApproval {
  const matches = waiting.filter((one) => call === undefined || one.call.startsWith(call));
  const [only, ...others] = matches;
  if (only && others.length === 0) return only;
  if (!only) {
    const what = call === undefined ? 'no call that waits for approval' : `no call '${call}' that waits for approval`;
    throw new RookeryError('wrong_status', `Task '${id}' has ${what}`, { hint: 'Run `rookery approvals`' });
  }
  throw new RookeryError('ambiguous', `${matches.length} calls of task '${id}' wait for approval`, {
    hint: `Name one of them: ${matches.map((one) => `${shortId(one.call)} (${one.tool})`).join(', ')}`,
  });
}
