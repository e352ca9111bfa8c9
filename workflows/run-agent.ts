/**
 * The agent in a workflow of yours: signs the task for that workflow, and runs the loop of the packaged workflow. One
 * agent in each run of a workflow, because task, files, signals and permissions are those of the workflow id.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { FAILURES, type TaskInput, type TaskResult } from '../src/domain/protocol.js';
import { withShortStack } from '../src/domain/stack.js';
import { prefixedActivities, signTaskHere, worker } from './activities.js';
import type { AgentOptions } from './activity-options.js';
import { type AgentArguments, conclude, runToEnd } from './agent.js';
import { problemOfStart } from './start-checks.js';

/** An agent between two runs of its workflow: made by `runAgent`, for the `runAgent` of the next run alone. */
export interface AgentState {
  readonly agent: unknown;
}

/** Options of `runAgent`. */
export interface RunAgentOptions extends AgentOptions {
  /**
   * Continues the calling workflow as new and hands on the state: `(state) => continueAsNew<typeof mine>(task, state)`.
   * Called when the server suggests it, at the end of an iteration or in a wait. Default: none, and the agent fails when
   * the history of the workflow is nearly full.
   */
  readonly continueAsNew?: (state: AgentState) => Promise<never>;
  /** What the run before handed on; `task` is not read then. From nowhere else: the state of a client is refused. */
  readonly state?: AgentState;
}

/**
 * Runs a task to its end inside the calling workflow, whose id is the id of the task. Its type must be in the plugin's
 * option `trustedParents`, and its worker must have the plugin. A cancel of the calling scope, or of the workflow, ends
 * the task.
 *
 * Throws `ApplicationFailure`: of the type `StartRefused` when the workflow is not trusted, the input is wrong or the run
 * has had an agent already, `TaskFailed` with the result when the task fails; `CancelledFailure` when it is cancelled;
 * `TypeError` for wrong options.
 */
export async function runAgent(task: TaskInput, options: RunAgentOptions = {}): Promise<TaskResult> {
  const { continueAsNew } = options;
  const activities = prefixedActivities(options);
  refuseLaterRuns(options);
  claimRun();
  const startedAt = Date.now();
  const from = options.state ? argumentsIn(options.state) : await signed(task);
  worker.begun(from[0]);
  const end = await runToEnd({
    from,
    // The memo is that of the user's workflow.
    edition: () => ({ activities, writesMemo: false }),
    startedAt,
    ...(continueAsNew
      ? { mustMove: () => workflowInfo().continueAsNewSuggested }
      : { mustMove: isNearlyFull, cannotMove: NEARLY_FULL }),
  });
  if (end.kind !== 'moved') return conclude(end);
  return (continueAsNew as NonNullable<typeof continueAsNew>)({ agent: end.next });
}

// ---

/** Above four fifths of what a server allows by default: 51,200 events and 50 MB. The last events must fit too. */
const MAX_EVENTS = 40_000;
const MAX_BYTES = 40 * 1024 * 1024;
const NEARLY_FULL =
  'The history of the workflow is nearly full: give runAgent the option continueAsNew, so that the agent continues in a new run';

/** The root scopes of runs that have an agent: one for each run. */
const claimed = new WeakSet<CancellationScope>();

function isNearlyFull(): boolean {
  const { historyLength, historySize } = workflowInfo();
  return historyLength > MAX_EVENTS || historySize > MAX_BYTES;
}

function rootScope(): CancellationScope {
  let scope = CancellationScope.current();
  while (scope.parent) scope = scope.parent;
  return scope;
}

/** Record, conversation and permissions of a second agent would be taken for those of the first. */
function claimRun(): void {
  const root = rootScope();
  if (claimed.has(root)) {
    throw refused(
      'This run of the workflow has an agent already: run further tasks with executeBackgroundTask, or in its next run.',
    );
  }
  claimed.add(root);
}

async function signed(task: TaskInput): Promise<AgentArguments> {
  const { workflowId } = workflowInfo();
  try {
    const problem = problemOfStart(workflowId, task);
    if (problem !== undefined) throw refused(problem);
    return [await signTaskHere({ workflowId, task })];
  } catch (error) {
    // Nothing has begun: another input may be tried.
    claimed.delete(rootScope());
    throw error instanceof ActivityFailure && error.cause ? error.cause : error;
  }
}

/** Only the server creates a run that continues another: a state that a client gives to the first run is forged. */
function argumentsIn({ agent }: AgentState): AgentArguments {
  const info = workflowInfo();
  if (info.continuedFromExecutionRunId === undefined) {
    throw refused(
      'The option state is for a run that continues another one: it is what continueAsNew was called with.',
    );
  }
  const [input] = Array.isArray(agent) ? (agent as unknown as AgentArguments) : [];
  const problem = input && problemOfStart(info.workflowId, input);
  if (!input || problem !== undefined) {
    throw refused(problem ?? 'The option state is not what continueAsNew was called with.');
  }
  return agent as AgentArguments;
}

function refuseLaterRuns({ continueAsNew, state }: RunAgentOptions): void {
  const info = workflowInfo();
  if ((continueAsNew || state) && (info.cronSchedule || info.retryPolicy)) {
    throw refused(
      'runAgent continues as new only in a workflow without cron schedule and retry policy: their later runs look as if a run had handed on its state.',
    );
  }
}

function refused(message: string): ApplicationFailure {
  return withShortStack(ApplicationFailure.nonRetryable(message, FAILURES.refused));
}
