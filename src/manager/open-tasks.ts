/** The ids of all tasks that have not ended, whichever host has their files, for verbs with `--all`. */
import { isTerminal } from '../domain/task.js';
import { listSummaries } from '../mirror/task-summaries.js';
import type { WorkflowDescription } from '../server/temporal-client.js';
import type { Online } from './context.js';
import { describe } from './describe-workflow.js';
import { isOpenRun } from './open-workflow.js';
import { queryTasks } from './query-tasks.js';

/** In no order. Visibility may be late, so each is described. */
export async function openTasks({ client, paths }: Online): Promise<WorkflowDescription[]> {
  const ids = new Set<string>();
  for await (const { workflowId } of queryTasks(client)) ids.add(workflowId);
  // The agents of the user's workflows have types of the user, and visibility lags behind a start: their files tell of them.
  for (const { id, status } of (await listSummaries(paths)).tasks) if (!isTerminal(status)) ids.add(id);
  const open: WorkflowDescription[] = [];
  for (const id of ids) {
    const at = await describe(client, id);
    if (at && isOpenRun(at)) open.push(at);
  }
  return open;
}
