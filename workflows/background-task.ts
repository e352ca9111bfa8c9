/**
 * The packaged workflow of a background task: the checks of its start, the agent, and the end of the execution. The
 * workflow decides, activities act, files show. Its only inputs are its arguments, its signals and the results of its
 * activities.
 */
import { ApplicationFailure } from '@temporalio/common';
import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { Carried } from '../src/domain/continue-as-new.js';
import type { Message } from '../src/domain/conversation.js';
import { FAILURES, type TaskInput, type TaskResult } from '../src/domain/protocol.js';
import { withShortStack } from '../src/domain/stack.js';
import { editionOfRun, worker } from './activities.js';
import type { AgentOptions } from './activity-options.js';
import { conclude, runToEnd } from './agent.js';
import { problemOfStart } from './start-checks.js';

/** The packaged workflow, as clients and parents see it. */
export type BackgroundTask = (input: TaskInput) => Promise<TaskResult>;

/**
 * The packaged workflow with other options for its activities. Export it from your workflows module under the name
 * `backgroundTask`, beside `export * from 'rookery/workflows'`. Throws `TypeError` for an option that would break the
 * task.
 */
export function createBackgroundTask(options: AgentOptions = {}): BackgroundTask {
  const edition = editionOfRun(options);
  /**
   * @param carried state of the run before, never from a client
   * @param groups the carried conversation, without its opening
   */
  return async (input: TaskInput, carried?: Carried, ...groups: Message[][]): Promise<TaskResult> => {
    refuseForged(input, carried !== undefined || groups.length > 0);
    worker.begun(input);
    const end = await runToEnd({
      from: [input, carried, ...groups],
      edition,
      mustMove: () => workflowInfo().continueAsNewSuggested,
    });
    if (end.kind === 'moved') return continueAsNew(...end.next);
    return conclude(end);
  };
}

/**
 * Runs a task to its end. `input` counts only as far as it is signed. Throws `ApplicationFailure`: of the type
 * `StartRefused` when the start may not run, `TaskFailed` with the result when the task fails; `CancelledFailure` when
 * it is cancelled.
 */
export const backgroundTask: BackgroundTask = createBackgroundTask();

// ---

/** Only the server creates a run that continues another: carried state from a client is forged. */
function refuseForged(input: TaskInput, continued: boolean): void {
  const info = workflowInfo();
  const refuse = (problem: string): never => {
    throw withShortStack(ApplicationFailure.nonRetryable(problem, FAILURES.refused));
  };
  const problem = problemOfStart(info.workflowId, input);
  if (problem !== undefined) refuse(problem);
  if (continued && info.continuedFromExecutionRunId === undefined) {
    refuse('A start takes one argument, the input.');
  }
  // Their second runs look as if a first run had carried state into them.
  if (info.cronSchedule || info.retryPolicy) {
    refuse(
      'A task takes no cron schedule and no retry policy: it retries by itself; for times use a Temporal schedule.',
    );
  }
}
