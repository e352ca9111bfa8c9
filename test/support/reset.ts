/** Resets workflows as a person does in the Web UI, and lets a restarted run continue as `rookery resume` does. */
import { randomUUID } from 'node:crypto';
import { SIGNALS } from '../../src/domain/protocol.js';
import type { Rig, Task } from './rig.js';
import { until } from './until.js';

/** Any client can do this: it needs no signature. @param eventId the workflow task to go back to */
export async function resetWorkflow(
  { plain, namespace }: Pick<Rig, 'plain' | 'namespace'>,
  { handle, id }: Pick<Task, 'handle' | 'id'>,
  eventId: unknown,
): Promise<string> {
  const { runId } = await handle.describe();
  const reset = await plain.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId: id, runId },
    reason: 'a person went back',
    requestId: randomUUID(),
    workflowTaskFinishEventId: eventId as never,
  });
  return reset.runId;
}

/** Resolves when the newest run waits because it was restarted from outside. */
export async function untilRestarted(task: Pick<Task, 'handle' | 'status'>): Promise<void> {
  await until(async () => (await task.status().catch(() => undefined))?.reason?.startsWith('restarted from outside'), {
    what: 'the run waits as restarted from outside',
  });
}

/** The person's signed resume, for this very run. */
export async function resumeRestarted({ client }: Pick<Rig, 'client'>, task: Task): Promise<void> {
  await untilRestarted(task);
  const { runId } = await task.handle.describe();
  await client.workflow.getHandle(task.id, runId).signal(SIGNALS.resume);
}
