/**
 * Tells the notifier of what no workflow tells: a task that was ended from outside, and one that has not moved for a
 * while. Found by the timer of the worker, so it costs a task nothing.
 */
import type { Client } from '@temporalio/client';
import { type NoticeEvent, noticeOf } from '../domain/notice.js';
import { isTerminal } from '../domain/task.js';
import { hostIn } from '../domain/task-memo.js';
import { openTasksOf } from '../domain/visibility-queries.js';
import type { TaskFile } from '../domain/wire.js';
import { describe } from '../manager/describe-workflow.js';
import { queryTasks } from '../manager/query-tasks.js';
import { changedAt, isResting, standstillOf } from '../manager/standstill.js';
import { forgetUntold, untoldEnds } from '../manager/untold.js';
import { memoPhase, workflowStateOf } from '../manager/workflow-state.js';
import type { Paths } from '../mirror/paths.js';
import { readTask } from '../mirror/reader.js';
import { sidecarsOf } from '../mirror/sidecars.js';
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

/** Tasks whose files say now how they ended, whichever program wrote that. */
export async function tellEnded(context: Context): Promise<void> {
  const isWanted = context.notifier.events.includes('failed');
  for (const id of await untoldEnds(context.paths)) {
    const read = await readTask(context.paths, id);
    // The note comes before the end.
    if (read.kind === 'task' && !isTerminal(read.task.status)) continue;
    if (isWanted && read.kind === 'task' && read.task.status === 'Failed') await tellFailed(context, read.task);
    await forgetUntold(context.paths, id);
  }
}

/** The tasks of this host that neither wait for a person nor have changed for the time of the settings. */
export async function tellStalled(context: Context): Promise<void> {
  const { client, paths, here, taskQueue, agentTypes, notifier } = context;
  if (!notifier.events.includes('stalled')) return;
  for await (const { workflowId: id, runId, memo } of queryTasks(client, {
    query: openTasksOf(taskQueue, agentTypes),
  })) {
    if (isResting(memoPhase(memo)?.phase) || (hostIn(memo) ?? here) !== here) continue;
    const changed = changedAt(paths, id);
    if (changed === undefined || Date.now() - changed < notifier.stalledMs) continue;
    const at = await describe(client, id);
    const still = at && standstillOf(changed, notifier.stalledMs, { at, ...(await workflowStateOf(client, at)) });
    const read = await readTask(paths, id);
    if (!still || read.kind !== 'task') continue;
    const event = { type: 'stalled', id: `${runId}/still/${still.since}`, reason: still.sentence } as const;
    await tell(context, read.task, event);
  }
}

// ---

async function tellFailed(context: Context, task: TaskFile): Promise<void> {
  const { id, error, updated_at } = task;
  const run = await describe(context.client, id);
  const event = {
    type: 'failed',
    // A workflow that was deleted has no run any more.
    id: `${run?.runId ?? `${id}/${updated_at}`}/end`,
    error: error ?? 'it was ended from outside',
  } as const;
  await tell(context, task, event);
}

/** What could not be told now is told later, from its note. */
async function tell({ notifier, redact, paths }: Context, task: TaskFile, event: NoticeEvent): Promise<void> {
  const { id, prompt } = task;
  const { name } = sidecarsOf(paths, task).about ?? {};
  await notifier.tell(noticeOf(event, { task: id, prompt, name, at: Date.now(), redact })).catch(() => undefined);
}
