/** Starts the workflow of a task exactly once, however often it is called. */
import { RookeryError } from '../domain/errors.js';
import { type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { firstLine } from '../domain/task-id.js';
import { memoAtStart } from '../domain/task-memo.js';
import { GRPC, grpcCode } from '../server/connect.js';
import type { Online } from './context.js';

/**
 * @returns the run id. A workflow that already runs is the same task, unless `existing` says to refuse it. One that has
 * ended is started again only as `a later run`, which continues it. Throws `wrong_status`.
 */
export async function startWorkflow(
  { client, taskQueue }: Online,
  id: string,
  input: TaskInput,
  existing: 'same' | 'refuse' | 'a later run' = 'same',
): Promise<string> {
  const started = client.workflow.start(WORKFLOW_TYPE, {
    workflowId: id,
    taskQueue,
    args: [input],
    workflowIdReusePolicy: existing === 'a later run' ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: existing === 'same' ? 'USE_EXISTING' : 'FAIL',
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
    const what = existing === 'a later run' ? 'runs already' : 'has already run and is never started again';
    throw new RookeryError('wrong_status', `Task '${id}' ${what}`, { cause: error });
  }
}

// ---

/** The SDK has a class of its own for it. */
function isAlreadyStarted(error: unknown): boolean {
  return grpcCode(error) === GRPC.alreadyExists || (error as Error).name === 'WorkflowExecutionAlreadyStartedError';
}
