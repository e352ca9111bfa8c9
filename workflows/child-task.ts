/**
 * Tasks as children of your own workflows. The worker signs their start, because a workflow has no key; it does so for
 * the workflow types that the plugin's option `trustedParents` names.
 */
import {
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  executeChild,
  startChild,
  uuid4,
} from '@temporalio/workflow';
import { type SignTaskInput, type TaskInput, type TaskResult, WORKFLOW_TYPE } from '../src/domain/protocol.js';
import { signTaskOn } from './activities.js';
import type { BackgroundTask } from './background-task.js';

/** Options of the child workflow. Default workflow id: a new UUID; default queue: that of the calling workflow. */
export type ChildTaskOptions = Omit<ChildWorkflowOptions, 'args' | 'retry' | 'cronSchedule'>;

/**
 * Runs a task as a child of the calling workflow and waits for its end. Its worker must have the plugin.
 *
 * Throws `ActivityFailure` with an `ApplicationFailure` of the type `StartRefused` as its cause when the calling
 * workflow is not trusted or the input is wrong, and `ChildWorkflowFailure` when the task fails or is cancelled.
 */
export async function executeBackgroundTask(task: TaskInput, options: ChildTaskOptions = {}): Promise<TaskResult> {
  return executeChild<BackgroundTask>(WORKFLOW_TYPE, await signedOptions(task, options));
}

/** Like `executeBackgroundTask`, without waiting for the end. Throws the same, but for the end of the task. */
export async function startBackgroundTask(
  task: TaskInput,
  options: ChildTaskOptions = {},
): Promise<ChildWorkflowHandle<BackgroundTask>> {
  return startChild<BackgroundTask>(WORKFLOW_TYPE, await signedOptions(task, options));
}

/**
 * Has the start of a task signed by a worker with the plugin. `taskQueue`: of that worker; default: the queue of the
 * calling workflow. Throws `ActivityFailure` when the calling workflow is not trusted, or the input is wrong.
 */
export function signTask(input: SignTaskInput, taskQueue?: string): Promise<TaskInput> {
  return signTaskOn(taskQueue)(input);
}

// ---

async function signedOptions(task: TaskInput, options: ChildTaskOptions) {
  const workflowId = options.workflowId ?? uuid4();
  const signed = await signTask({ workflowId, task }, options.taskQueue);
  return { ...options, workflowId, args: [signed] as [TaskInput] };
}
