/** Workflows of a user, beside the packaged one: they run tasks as their children. */
import { ApplicationFailure } from '@temporalio/common';
import { ActivityFailure, ChildWorkflowFailure } from '@temporalio/workflow';
import type { TaskInput, TaskResult } from '../../../src/domain/protocol.js';
import { executeBackgroundTask, signTask, startBackgroundTask } from '../../../workflows/index.js';

export * from '../../../workflows/index.js';

/** `how`: which function starts the child. Its failure is the one of the activity or the child. */
export async function trustedParent(task: TaskInput, how: 'execute' | 'start' = 'execute'): Promise<TaskResult> {
  try {
    if (how === 'execute') return await executeBackgroundTask(task);
    const child = await startBackgroundTask(task, { workflowId: 'named child: 1' });
    return (await child.result()) as TaskResult;
  } catch (error) {
    throw plain(error);
  }
}

/** The same code under a name that no option names. */
export async function unknownParent(task: TaskInput): Promise<TaskResult> {
  return trustedParent(task);
}

export async function signsFor(workflowId: string, task: TaskInput): Promise<TaskInput> {
  try {
    return await signTask({ workflowId, task });
  } catch (error) {
    throw plain(error);
  }
}

// ---

/** The failure inside the wrappers. */
function plain(error: unknown): unknown {
  const wrapped = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return wrapped && error.cause instanceof ApplicationFailure ? error.cause : error;
}
