/**
 * Tells the notifier of what no workflow tells: a task that was ended from outside, and one that has not moved for a
 * while. Found by the timer of the worker, so it costs a task nothing.
 */
import { stat } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { type NoticeEvent, noticeOf } from '../domain/notice.js';
import { openTasksOf } from '../domain/protocol.js';
import { hostIn } from '../domain/task-memo.js';
import { queryTasks } from '../manager/query-tasks.js';
import { describe } from '../manager/reconcile.js';
import { memoPhase, workflowStateOf } from '../manager/workflow-state.js';
import type { Paths } from '../mirror/paths.js';
import { readTask } from '../mirror/reader.js';
import type { HostNotifier } from '../notify/create-notifier.js';

interface Context {
  readonly client: Client;
  readonly paths: Paths;
  /** Name of this host. */
  readonly here: string;
  readonly taskQueue: string;
  /** Types of the user's workflows that may run an agent. */
  readonly agentTypes: readonly string[];
  readonly notifier: HostNotifier;
  readonly redact: (text: string) => string;
}

/** Tasks whose files say now how they ended. */
export async function tellEnded(context: Context, ids: readonly string[]): Promise<void> {
  if (!context.notifier.events.includes('failed')) return;
  for (const id of ids) {
    const read = await readTask(context.paths, id);
    const run = await describe(context.client, id);
    if (!run || read.kind !== 'task' || read.task.status !== 'Failed') continue;
    const error = read.task.error ?? 'it was ended from outside';
    await tell(context, { id, prompt: read.task.prompt }, { type: 'failed', id: `${run.runId}/end`, error });
  }
}

/** The tasks of this host that neither wait for a person nor have changed for the time of the settings. */
export async function tellStalled(context: Context): Promise<void> {
  const { client, paths, here, taskQueue, agentTypes, notifier } = context;
  if (!notifier.events.includes('stalled')) return;
  for await (const { workflowId: id, runId, memo } of queryTasks(client, {
    query: openTasksOf(taskQueue, agentTypes),
  })) {
    if (RESTING.test(memoPhase(memo)?.phase ?? '') || (hostIn(memo) ?? here) !== here) continue;
    const changed = (await stat(paths.task(id)).catch(() => undefined))?.mtimeMs;
    if (changed === undefined || Date.now() - changed < notifier.stalledMs) continue;
    const reason = await whyStill(context, id);
    const read = await readTask(paths, id);
    if (reason === undefined || read.kind !== 'task') continue;
    const since = new Date(changed).toISOString().replace(/\.\d+Z$/, 'Z');
    const event = {
      type: 'stalled',
      id: `${runId}/still/${since}`,
      reason: `nothing has changed since ${since}${reason}`,
    } as const;
    await tell(context, { id, prompt: read.task.prompt }, event);
  }
}

// ---

/** A task that waits for a person was told of when it began to. */
const RESTING = /^(waiting|paused|stalled)/;
/** As the server numbers it: a worker has it. */
const STARTED = 2;
/** Heartbeats come every second or two. */
const BEATING_MS = 60_000;

interface Subject {
  readonly id: string;
  readonly prompt: string;
}

/** @returns undefined for a task that waits, or whose activity is at work: a long command is no standstill */
async function whyStill({ client }: Context, id: string): Promise<string | undefined> {
  const at = await describe(client, id);
  if (at?.status.name !== 'RUNNING') return undefined;
  const isAtWork = (at.raw.pendingActivities ?? []).some(({ state, lastHeartbeatTime, lastStartedTime }) => {
    const heard = Number((lastHeartbeatTime ?? lastStartedTime)?.seconds ?? 0) * 1000;
    return state === STARTED && Date.now() - heard < BEATING_MS;
  });
  if (isAtWork) return undefined;
  const { phase, reason } = await workflowStateOf(client, at);
  if (RESTING.test(phase) && phase !== 'stalled') return undefined;
  return reason === null ? '' : `: ${reason}`;
}

/** What could not be told now is told later, from its note. */
async function tell({ notifier, redact }: Context, { id, prompt }: Subject, event: NoticeEvent): Promise<void> {
  await notifier.tell(noticeOf(event, { task: id, prompt, at: Date.now(), redact })).catch(() => undefined);
}
