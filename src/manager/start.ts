/** Starts the workflow of a task exactly once, however often it is called. */
import { RookeryError } from '../domain/errors.js';
import { type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { firstLine } from '../domain/task-id.js';
import { memoAtStart } from '../domain/task-memo.js';
import { GRPC, grpcCode } from '../server/connect.js';
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
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: running === 'same' ? 'USE_EXISTING' : 'FAIL',
    memo: memoAtStart(input),
    staticSummary: firstLine(
      input.name === undefined ? input.prompt : `${input.name} · ${firstLine(input.prompt, 120)}`,
      120,
    ),
  });
  try {
    return (await started).firstExecutionRunId;
  } catch (error) {
    if (!isAlreadyStarted(error)) throw error;
    throw new RookeryError('wrong_status', `Task '${id}' has already run and is never started again`, {
      cause: error,
    });
  }
}

// ---

/** The SDK has a class of its own for it. */
function isAlreadyStarted(error: unknown): boolean {
  return grpcCode(error) === GRPC.alreadyExists || (error as Error).name === 'WorkflowExecutionAlreadyStartedError';
}
