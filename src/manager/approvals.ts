/**
 * The calls of all tasks that wait for a person: for approval, or for the answer to a question. Only those of workers
 * that answer are known.
 */

import { RookeryError } from '../domain/errors.js';
import type { Approval, ApprovalsAnswer } from '../domain/messages.js';
import { QUERIES } from '../domain/protocol.js';
import { isTerminal, type Phase } from '../domain/task.js';
import { shortId } from '../domain/task-id.js';
import { listSummaries } from '../mirror/task-summaries.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { askWorkflow } from './ask-workflow.js';
import { directoryInWorktree } from './baseline-of.js';
import { type ManagerContext, type Online, online } from './context.js';
import { describe } from './describe-workflow.js';
import { queryTasks } from './query-tasks.js';
import { memoPhase } from './workflow-state.js';

/** A call that waits for approval, with its task. */
export interface WaitingApproval extends Approval {
  readonly task: string;
  /** Of a task with a work tree of its own on this host: the workspace of the person; `workspace` is in that work tree. */
  readonly worktreeOf?: string;
}

/** Of one task, or of all waiting tasks; in the order of the requests. */
export async function approvals(context: ManagerContext, id?: string): Promise<WaitingApproval[]> {
  return (await waitingCalls(context, id)).filter(({ kind }) => kind === undefined);
}

/** Like `approvals`, with the questions. `taken` and `queued` say whether a decision on the call has arrived: it may run for long. */
export async function waitingCalls(context: ManagerContext, id?: string): Promise<WaitingApproval[]> {
  const connected = online(context);
  const tasks = id === undefined ? await waitingTasks(connected) : [id];
  const all = await Promise.all(tasks.map((task) => waitingCallsOf(connected, task)));
  const placed = await Promise.all(all.flat().map((waiting) => placedIn(connected, waiting)));
  return placed.sort((a, b) => a.asked - b.asked);
}

/** Empty for a task that has ended meanwhile. */
export async function waitingCallsOf(
  { client }: Pick<Online, 'client'>,
  task: string,
  timeoutMs = QUERY_TIMEOUT_MS,
): Promise<readonly WaitingApproval[]> {
  const answer = await queryApprovals(client, task, timeoutMs);
  return answer.approvals.map((approval) => ({ task, ...approval }));
}

export interface CallTarget {
  readonly id: string;
  /** Shortened, or omitted where only one call waits. */
  readonly call?: string | undefined;
}

/** Throws `wrong_status` when no such call waits, `ambiguous` when several do. `what`: as in "no call that …". */
export function selectWaiting(
  { id, call }: CallTarget,
  waiting: readonly WaitingApproval[],
  what: 'approval' | 'answer',
): WaitingApproval {
  const matches = waiting.filter((one) => call === undefined || one.call.startsWith(call));
  const [only, ...others] = matches;
  if (only && others.length === 0) return only;
  const [noun, nouns] = what === 'approval' ? ['call', 'calls'] : ['question', 'questions'];
  const waits = what === 'approval' ? 'approval' : 'an answer';
  if (!only) {
    const missing = call === undefined ? `no ${noun} that waits` : `no ${noun} '${call}' that waits`;
    throw new RookeryError('wrong_status', `Task '${id}' has ${missing} for ${waits}`, {
      hint: 'Run `rookery approvals`',
    });
  }
  const named = matches.map((one) => (what === 'approval' ? `${shortId(one.call)} (${one.tool})` : shortId(one.call)));
  throw new RookeryError('ambiguous', `${matches.length} ${nouns} of task '${id}' wait for ${waits}`, {
    hint: `Name one of them: ${named.join(', ')}`,
  });
}

/** Phases in which a call of the task waits for a person. */
export const CALL_WAITS: ReadonlySet<Phase> = new Set<Phase>(['waiting_approval', 'waiting_question']);

// ---

const QUERY_TIMEOUT_MS = 15_000;

/** The workflow knows only the workspace that the task was submitted with. */
async function placedIn(context: ManagerContext, waiting: WaitingApproval): Promise<WaitingApproval> {
  const directory = await directoryInWorktree(context, waiting.task);
  return directory === undefined ? waiting : { ...waiting, workspace: directory, worktreeOf: waiting.workspace };
}

async function waitingTasks({ client, paths }: Online): Promise<string[]> {
  const waiting = new Set<string>();
  const open = new Set<string>();
  const waits = (memo: Record<string, unknown> | undefined): boolean =>
    CALL_WAITS.has(memoPhase(memo)?.phase ?? 'thinking');
  for await (const { workflowId, memo } of queryTasks(client)) {
    open.add(workflowId);
    if (waits(memo)) waiting.add(workflowId);
  }
  // The agents of the user's workflows have types of the user: their files tell of them.
  const { tasks } = await listSummaries(paths);
  for (const { id } of tasks.filter(({ id, status }) => !isTerminal(status) && !open.has(id))) {
    if (waits((await describe(client, id))?.memo)) waiting.add(id);
  }
  return [...waiting];
}

async function queryApprovals(client: TemporalClient, task: string, timeoutMs: number): Promise<ApprovalsAnswer> {
  const at = await describe(client, task);
  if (at?.status.name !== 'RUNNING') return { approvals: [] };
  try {
    return await client.withDeadline(Date.now() + timeoutMs, () =>
      askWorkflow<ApprovalsAnswer>(client, at, QUERIES.approvals),
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
