/**
 * A run that has come to its end and is about to close: its file shows the end, while the last words to a mirror or a
 * notifier keep the workflow open for some seconds. What is sent to it then has no effect any more.
 */
import { isTerminal } from '../domain/task.js';
import { readTask } from '../mirror/reader.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { abortable, type Online } from './context.js';
import { describe } from './describe-workflow.js';
import { isOpenRun } from './open-workflow.js';
import { queryStatus } from './workflow-state.js';

/** Where a worker answers; else the run counts as open. */
export async function isClosing(client: TemporalClient, at: WorkflowDescription): Promise<boolean> {
  return isOpenRun(at) && (await queryStatus(client, at))?.phase === 'done';
}

/** The same for a task whose file is here and shows the end already; any other one is not asked. */
export async function isAboutToClose({ client, paths }: Online, at: WorkflowDescription): Promise<boolean> {
  if (!isOpenRun(at)) return false;
  const read = await readTask(paths, at.workflowId);
  return read.kind === 'task' && isTerminal(read.task.status) && (await isClosing(client, at));
}

/** Resolves when the newest run is closed, or after a while. Throws the signal's reason. */
export async function awaitClosed(client: TemporalClient, id: string, signal?: AbortSignal): Promise<void> {
  const at = await describe(client, id);
  if (!at || !isOpenRun(at)) return;
  const end = (): Promise<unknown> => client.workflow.getHandle(id, at.runId).result();
  const within = (): Promise<unknown> => client.withDeadline(Date.now() + CLOSING_MS, end);
  await abortable(client, signal, within).catch(() => undefined);
  signal?.throwIfAborted();
}

// ---

/** Longer than the end of a workflow waits for a mirror or a notifier that does not answer. */
const CLOSING_MS = 40_000;
