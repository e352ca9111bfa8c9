/**
 * Starts a task that comes from another one: like any submission where its files belong here, and without files of ours
 * where the workspace is on another host, whose worker writes them.
 */
import { v4 as newTaskId } from 'uuid';
import type { TaskInput } from '../domain/protocol.js';
import { isElsewhere } from '../domain/task-memo.js';
import { inSubmitSpan } from '../tracing/submit-span.js';
import type { Online } from './context.js';
import { startWorkflow } from './start.js';
import { type Submitted, signedInput, submit } from './submit.js';

/** Of the source. */
export interface Place {
  /** Null: none is known. */
  readonly host: string | null;
  readonly taskQueue: string | undefined;
}

export async function startChild(context: Online, task: TaskInput, place: Place): Promise<Submitted> {
  const { host, taskQueue = context.taskQueue } = place;
  const there: Online = { ...context, taskQueue };
  const { host: _, ...free } = task;
  if (host === null || !isElsewhere(host, context)) return submit(there, free);
  const id = newTaskId();
  return inSubmitSpan(id, free, async (traced) => {
    const run_id = await startWorkflow(there, id, signedInput({ ...there, host }, id, traced));
    return { id, workflow: { id, run_id }, file: context.paths.task(id) };
  });
}
