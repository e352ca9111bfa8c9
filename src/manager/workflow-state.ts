/** Temporal's state of an open workflow: requested in one round, with deadlines. */
import { MEMO_PHASE, QUERIES, runsQuery, type StatusAnswer } from '../domain/protocol.js';
import { needsPerson, type Phase } from '../domain/task.js';
import { activityNameOf } from '../domain/worker-names.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { failureMessage } from './failure-message.js';
import { absenceOf, type Build, isPolled } from './host-state.js';
import { heldSentence, isHeldByTemporal } from './open-workflow.js';
import type { StatusDetail, WorkflowDetail } from './status-object.js';

const QUERY_MS = 3_000;

export interface WorkflowState {
  readonly answer: StatusAnswer | undefined;
  readonly phase: Phase;
  readonly reason: string | null;
  readonly attempt: number | null;
}

export async function workflowStateOf(client: TemporalClient, at: WorkflowDescription): Promise<WorkflowState> {
  if (isHeldByTemporal(at)) {
    return { answer: undefined, phase: 'paused', reason: heldSentence(at.workflowId), attempt: null };
  }
  const answer = await queryStatus(client, at);
  const memoState = memoPhase(at.memo);
  const pending = await pendingOf(client, at);
  const base = answer
    ? { phase: answer.phase, reason: answer.reason ?? answer.foreign }
    : { phase: memoState?.phase ?? 'queued', reason: memoState?.reason ?? null };
  const attempt = pending?.attempt ?? null;
  const pinned = answer ? undefined : pinnedTo(at);
  if (pinned && !(await isPolled(client, at.taskQueue, pinned))) {
    const reason = `no worker of build ${pinned.buildId}, which the task is pinned to, polls queue ${at.taskQueue}`;
    return { answer, phase: base.phase, reason: base.reason === null ? reason : `${base.reason}; ${reason}`, attempt };
  }
  if (needsPerson(base.phase)) return { answer, ...base, attempt };
  const queue = pending?.queue ?? at.taskQueue;
  const absence = pending && (await absenceOf(client, { ...pending, queue }));
  if (absence !== undefined) {
    const isOfHost = queue !== at.taskQueue || !pending?.waits;
    return { answer, phase: isOfHost ? 'stalled' : 'queued', reason: absence, attempt };
  }
  if (pending && pending.attempt > 1) return { answer, phase: 'retrying', reason: retrySentence(pending), attempt };
  if (!answer && !pending && !(await isPolled(client, queue))) {
    return { answer, phase: 'queued', reason: `no worker polls queue ${queue}`, attempt };
  }
  // Its host has come back and has begun.
  if (base.phase === 'stalled' && pending && !pending.waits)
    return { answer, phase: 'thinking', reason: null, attempt };
  return { answer, ...base, attempt };
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

/** @returns undefined when no worker answers in time. A closed workflow answers too. */
export async function queryStatus(client: TemporalClient, at: WorkflowDescription): Promise<StatusAnswer | undefined> {
  try {
    return await client.withDeadline(Date.now() + QUERY_MS, () =>
      client.workflow.getHandle(at.workflowId, at.runId).query<StatusAnswer>(QUERIES.status),
    );
  } catch {
    return undefined;
  }
}
