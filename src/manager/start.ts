/** Starts the workflow of a task, exactly once however often it is asked to. */
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { firstLine } from '../domain/id.js';
import { TASK_QUEUE, type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import type { Online } from './context.js';

/** The run id. A workflow that runs already is the same task; one that has ended is never started again. */
export async function startWorkflow({ client }: Online, id: string, input: TaskInput): Promise<string> {
  const handle = await client.workflow.start(WORKFLOW_TYPE, {
    workflowId: id,
    taskQueue: TASK_QUEUE,
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: firstLine(input.prompt, 120),
  });
  return handle.firstExecutionRunId;
}
