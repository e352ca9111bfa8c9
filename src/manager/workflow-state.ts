/** Temporal's state of an open workflow: requested in one round, with deadlines. */

import { MEMO_PHASE, QUERIES, type StatusAnswer } from '../domain/protocol.js';
import { needsPerson, type Phase } from '../domain/task.js';
import { taskMemoOf } from '../domain/task-memo.js';
import { isoSeconds } from '../domain/timestamp.js';
import { runsQuery } from '../domain/visibility-queries.js';
import { activityNameOf, hostQueueOf } from '../domain/worker-names.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { askWorkflow } from './ask-workflow.js';
import { failureMessage } from './failure-message.js';
import { absenceOf, type Build, isPolled } from './host-state.js';
import { heldSentence, isHeldByTemporal } from './open-workflow.js';
import { failingTask, hasFailedTask, taskAttempt } from './outside.js';
import { standstillOf } from './standstill.js';
import type { StatusDetail, WorkflowDetail } from './status-object.js';

const QUERY_MS = 3_000;

export interface WorkflowState {
  readonly answer: StatusAnswer | undefined;
  readonly phase: Phase;
  readonly reason: string | null;
  readonly attempt: number | null;
}

/** When the files of the task changed last, and for how long nothing may move. */
export interface Movement {
  readonly changed: number | undefined;
  readonly stalledMs: number;
}

export async function workflowStateOf(
  client: TemporalClient,
  at: WorkflowDescription,
  movement?: Movement,
): Promise<WorkflowState> {
  // A workflow that takes no step answers no query.
  const isMute = isHeldByTemporal(at) || hasFailedTask(at);
  const answer = isMute ? undefined : await queryStatus(client, at);
  return { answer, ...(await describedState(client, at, { answer, movement })) };
}

interface Known {
  readonly answer?: StatusAnswer | undefined;
  readonly movement?: Movement | undefined;
}

/** From the description, and from the workflow's own answer where there is one. */
export async function describedState(
  client: TemporalClient,
  at: WorkflowDescription,
  { answer, movement }: Known,
): Promise<Omit<WorkflowState, 'answer'>> {
  const now = await momentOf(client, at, answer);
  const still = movement && standstillOf(movement.changed, movement.stalledMs, { at, ...now });
  return still ? { ...now, phase: 'stalled', reason: still.sentence } : now;
}

/** Counts over all runs; null when the server does not report them. */
export async function workflowDetail(client: TemporalClient, at: WorkflowDescription): Promise<WorkflowDetail> {
  let events = at.historyLength;
  let bytes = at.historySize ?? 0;
  try {
    for await (const run of client.workflow.list({ query: runsQuery(at.workflowId) })) {
      if (run.runId === at.runId) continue;
      events += run.historyLength;
      bytes += run.historySize ?? 0;
    }
  } catch {
    return { id: at.workflowId, run_id: at.runId, task_queue: at.taskQueue, history_events: null, history_bytes: null };
  }
  return {
    id: at.workflowId,
    run_id: at.runId,
    task_queue: at.taskQueue,
    history_events: events,
    history_bytes: bytes,
  };
}

/** What the row of a list, or a description, says of the phase without another request. */
export function rowPhase(
  row: Pick<WorkflowDescription, 'workflowId' | 'memo'> & { readonly status: string },
): Pick<StatusDetail, 'phase' | 'reason'> | undefined {
  if (row.status === 'PAUSED') return { phase: 'paused', reason: heldSentence(row.workflowId) };
  return memoPhase(row.memo);
}

export function memoPhase(
  memo: Record<string, unknown> | undefined,
): Pick<StatusDetail, 'phase' | 'reason'> | undefined {
  const memoState = memo?.[MEMO_PHASE] as { phase?: Phase; reason?: string | null } | undefined;
  return memoState?.phase ? { phase: memoState.phase, reason: memoState.reason ?? null } : undefined;
}

/** The call or question that a waiting task waits for, where its memo names it. */
export function waitingText(memo: Record<string, unknown> | undefined): string | undefined {
  const { text } = Object(memo?.[MEMO_PHASE]) as { readonly text?: unknown };
  return typeof text === 'string' ? text : undefined;
}

/** Milliseconds since 1970. */
export function millisOf(time: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined) {
  const { seconds, nanos } = time ?? {};
  return seconds === undefined || seconds === null ? undefined : Number(seconds) * 1000 + (nanos ?? 0) / 1e6;
}

// ---

/** The build whose workers alone run this workflow; undefined: it is not pinned. */
function pinnedTo({ raw }: WorkflowDescription): Build | undefined {
  const { versioningOverride, behavior, deploymentVersion } = raw.workflowExecutionInfo?.versioningInfo ?? {};
  if (versioningOverride?.autoUpgrade) return undefined;
  const version = versioningOverride?.pinned?.version ?? (behavior === PINNED ? deploymentVersion : undefined);
  const { deploymentName, buildId } = version ?? {};
  return deploymentName && buildId ? { deploymentName, buildId } : undefined;
}

/** `VERSIONING_BEHAVIOR_PINNED` of the API. */
const PINNED = 1;

interface Pending {
  readonly attempt: number;
  /** Scheduled, and not taken by a worker. */
  readonly waits: boolean;
  readonly queue: string | undefined;
  readonly scheduled: number | undefined;
  readonly heard: number | undefined;
  readonly lastError: string | undefined;
}

/** Activities that run beside the loop of the task. */
const BESIDE: ReadonlySet<string> = new Set(['mirror', 'notify', 'verifyControl']);

async function pendingOf(client: TemporalClient, { raw }: WorkflowDescription): Promise<Pending | undefined> {
  const activities = raw.pendingActivities ?? [];
  const main = activities.find(({ activityType }) => !BESIDE.has(activityNameOf(activityType?.name)));
  if (!main) return undefined;
  return {
    attempt: main.attempt ?? 1,
    waits: main.state === 1,
    queue: main.activityOptions?.taskQueue?.name ?? undefined,
    scheduled: millisOf(main.scheduledTime),
    heard: millisOf(main.lastHeartbeatTime) ?? millisOf(main.lastStartedTime),
    lastError: await failureMessage(client, main.lastFailure),
  };
}

function retrySentence({ attempt, scheduled, lastError, waits }: Pending): string {
  const wait = scheduled === undefined ? 0 : Math.round((scheduled - Date.now()) / 1000);
  const next = waits && wait > 0 ? `, next in ${wait} s` : '';
  return `attempt ${attempt}${next}${lastError ? `, last error: ${lastError}` : ''}`;
}

type Moment = Omit<WorkflowState, 'answer'>;

async function momentOf(
  client: TemporalClient,
  at: WorkflowDescription,
  answer: StatusAnswer | undefined,
): Promise<Moment> {
  if (isHeldByTemporal(at)) return { phase: 'paused', reason: heldSentence(at.workflowId), attempt: null };
  const failing = hasFailedTask(at) ? await failingTask(client, at) : undefined;
  if (failing !== undefined) return { phase: 'stalled', reason: failing, attempt: taskAttempt(at) };
  const memoState = memoPhase(at.memo);
  const pending = await pendingOf(client, at);
  const base = answer
    ? { phase: answer.phase, reason: answer.reason ?? answer.foreign }
    : {
        phase: memoState?.phase ?? (pending?.waits === false ? 'thinking' : 'queued'),
        reason: memoState?.reason ?? null,
      };
  const attempt = pending?.attempt ?? null;
  const pinned = answer ? undefined : pinnedTo(at);
  if (pinned && !(await isPolled(client, at.taskQueue, { build: pinned }))) {
    const reason = `no worker of build ${pinned.buildId}, which the task is pinned to, polls queue ${at.taskQueue}`;
    return { phase: base.phase, reason: base.reason === null ? reason : `${base.reason}; ${reason}`, attempt };
  }
  if (needsPerson(base.phase)) return { ...base, attempt };
  const queue = pending?.queue ?? at.taskQueue;
  const name = answer?.host ?? taskMemoOf(at.memo).host;
  const host = name ? hostQueueOf(at.taskQueue, name) : undefined;
  const absence = pending && (await absenceOf(client, { ...pending, queue, host }));
  if (absence !== undefined) {
    const isOfHost = queue !== at.taskQueue || !pending?.waits;
    return { phase: isOfHost ? 'stalled' : 'queued', reason: absence, attempt };
  }
  if (pending && pending.attempt > 1) return { phase: 'retrying', reason: retrySentence(pending), attempt };
  if (!answer && !pending && !(await isPolled(client, queue))) {
    return { phase: 'queued', reason: `no worker polls queue ${queue}${sinceTask(at)}`, attempt };
  }
  // Its host has come back and has begun.
  if (base.phase === 'stalled' && pending && !pending.waits) return { phase: 'thinking', reason: null, attempt };
  return { ...base, attempt };
}

/** Since when its workflow task waits for a worker. */
function sinceTask({ raw }: WorkflowDescription): string {
  const since = millisOf(raw.pendingWorkflowTask?.scheduledTime);
  return since === undefined ? '' : `; it waits since ${isoSeconds(since)}`;
}

/** @returns undefined when no worker answers in time. A closed workflow answers too. */
export async function queryStatus(client: TemporalClient, at: WorkflowDescription): Promise<StatusAnswer | undefined> {
  try {
    return await client.withDeadline(Date.now() + QUERY_MS, () =>
      askWorkflow<StatusAnswer>(client, at, QUERIES.status),
    );
  } catch {
    return undefined;
  }
}
