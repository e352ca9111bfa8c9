/** Starts the workflow of a task exactly once, however often it is called. */
import type { PauseMessage } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { SIGNALS, type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { firstLine } from '../domain/task-id.js';
import { memoAtStart } from '../domain/task-memo.js';
import { GRPC, grpcCode } from '../server/connect.js';
import type { Online } from './context.js';
import { noteOccupant } from './occupants.js';

/**
 * @returns the run id. A workflow that already runs is the same task, unless `existing` says to refuse it. One that has
 * ended is started again only as `a later run`, which continues it. Throws `wrong_status`.
 */
export async function startWorkflow(
  { client, taskQueue, paths }: Online,
  id: string,
  input: TaskInput,
  existing: 'same' | 'refuse' | 'a later run' = 'same',
): Promise<string> {
  const noted = noteOccupant(paths, id, input).catch(() => undefined);
  const started = client.workflow.start(WORKFLOW_TYPE, {
    ...optionsOf({ taskQueue }, id, input),
    workflowIdReusePolicy: existing === 'a later run' ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: existing === 'same' ? 'USE_EXISTING' : 'FAIL',
  });
  try {
    const { firstExecutionRunId } = await started;
    await noted;
    return firstExecutionRunId;
  } catch (error) {
    if (!isAlreadyStarted(error)) throw error;
    const what = existing === 'a later run' ? 'runs already' : 'has already run and is never started again';
    throw new RookeryError('wrong_status', `Task '${id}' ${what}`, { cause: error });
  }
}

/**
 * Start and pause are one request, so that the task does nothing before its pause, whichever worker gets it. A workflow that
 * already runs is paused. Throws `wrong_status` for one that has ended.
 */
export async function startPaused(
  { client, taskQueue, paths }: Online,
  { id, input }: { readonly id: string; readonly input: TaskInput },
  pause: PauseMessage,
): Promise<void> {
  const noted = noteOccupant(paths, id, input).catch(() => undefined);
  try {
    await client.workflow.signalWithStart(WORKFLOW_TYPE, {
      ...optionsOf({ taskQueue }, id, input),
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      signal: SIGNALS.pause,
      signalArgs: [pause],
    });
    await noted;
  } catch (error) {
    if (!isAlreadyStarted(error)) throw error;
    throw new RookeryError('wrong_status', `Task '${id}' has already run and is never started again`, { cause: error });
  }
}

// ---

function optionsOf({ taskQueue }: Pick<Online, 'taskQueue'>, id: string, input: TaskInput) {
  const { name, prompt } = input;
  const title = name === undefined ? prompt : `${name} · ${firstLine(prompt, 120)}`;
  const args: [TaskInput] = [input];
  return { workflowId: id, taskQueue, args, memo: memoAtStart(input), staticSummary: firstLine(title, 120) };
}

/** The SDK has a class of its own for it. */
function isAlreadyStarted(error: unknown): boolean {
  return grpcCode(error) === GRPC.alreadyExists || (error as Error).name === 'WorkflowExecutionAlreadyStartedError';
}
