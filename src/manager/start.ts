/** Starts the workflow of a task exactly once, however often it is called. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import { RookeryError } from '../domain/errors.js';
import { type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { firstLine } from '../domain/task-id.js';
import type { Online } from './context.js';

/**
 * @returns the run id. A workflow that already runs is the same task, unless `running` says to refuse it; one that has
 * ended is never started again: throws `wrong_status`.
 */
export async function startWorkflow(
  { client, taskQueue }: Online,
  id: string,
  input: TaskInput,
  running: 'same' | 'refuse' = 'same',
): Promise<string> {
  const started = client.workflow.start(WORKFLOW_TYPE, {
    workflowId: id,
    taskQueue,
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy[running === 'same' ? 'USE_EXISTING' : 'FAIL'],
    staticSummary: firstLine(input.prompt, 120),
  });
  try {
    return (await started).firstExecutionRunId;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new RookeryError('wrong_status', `Task '${id}' has already run and is never started again`, {
      cause: error,
    });
  }
}
