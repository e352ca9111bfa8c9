/**
 * Runs the call of a tool whose work is an activity, a child workflow or a Nexus operation of the user, and turns its end
 * into what the model gets. An unsafe call whose end is not known is told so, and never runs again by itself.
 */
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import {
  ActivityCancellationType,
  type ActivityOptions,
  CancellationScope,
  ChildWorkflowCancellationType,
  type ChildWorkflowOptions,
  createNexusServiceClient,
  executeChild,
  isCancellation,
  patched,
  proxyActivities,
  type StartNexusOperationOptions,
  workflowInfo,
} from '@temporalio/workflow';
import type { JudgedCall } from '../src/domain/activity-calls.js';
import {
  boundedContent,
  type Delegate,
  type DelegatedActivity,
  type DelegatedOperation,
  type DelegatedWorkflow,
  type DelegateEnd,
  textOfResult,
} from '../src/domain/delegate.js';
import { FAILURES } from '../src/domain/protocol.js';

export interface DelegatedCall {
  readonly judged: JudgedCall;
  /** Name of the tool. */
  readonly name: string;
  readonly to: Delegate;
  readonly args: unknown;
}

/** Throws only the cancel of the task, when the work has stopped. */
export async function runDelegated(call: DelegatedCall): Promise<DelegateEnd> {
  try {
    return { outcome: 'ok', content: boundedContent(textOfResult(await execute(call))) };
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    return endOf(call, error);
  }
}

/**
 * Whether a Reset made this run after the call was handed to the run before, which may have run it. Where it is so, a
 * marker in history says it to every replay.
 */
export function isOfRunBefore(call: string, handedTo: string): boolean {
  const { runId, unsafe } = workflowInfo();
  // A replay repeats what was decided: the run before, and this one, had their own ids then.
  return (unsafe.isReplaying || handedTo !== runId) && patched(`handed-over-${call}`);
}

// ---

/** All of them wait for the end of a cancel: a task is cancelled only when the work has stopped. */
function execute({ to, ...call }: DelegatedCall): Promise<unknown> {
  switch (to.kind) {
    case 'activity':
      return executeActivity(to, call);
    case 'workflow':
      return executeWorkflow(to, call);
    case 'nexus':
      return executeOperation(to, call);
  }
}

type Given = Omit<DelegatedCall, 'to'>;

function executeActivity({ kind, activity, ...options }: DelegatedActivity, { judged, args }: Given): Promise<unknown> {
  const activities = proxyActivities<Record<string, (args: unknown) => Promise<unknown>>>({
    ...(options as ActivityOptions),
    activityId: judged.call,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    ...summaryOf(judged, 'summary'),
  });
  return (activities[activity] as (args: unknown) => Promise<unknown>)(args);
}

function executeWorkflow({ kind, workflow, ...options }: DelegatedWorkflow, call: Given): Promise<unknown> {
  const { judged, name, args } = call;
  return executeChild(workflow, {
    ...(options as ChildWorkflowOptions),
    workflowId: `${name}-${judged.call}`,
    // A run that a Reset made finds the workflow that the run before had started.
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    ...summaryOf(judged, 'staticSummary'),
    args: [args],
  });
}

function executeOperation(to: DelegatedOperation, { judged, args }: Given): Promise<unknown> {
  const { endpoint, service, operation, scheduleToCloseTimeout } = to;
  const definition = { name: service, operations: { [operation]: { name: operation } } };
  const client = createNexusServiceClient({ endpoint, service: definition as never });
  return client.executeOperation(operation as never, args as never, {
    ...(scheduleToCloseTimeout === undefined ? {} : ({ scheduleToCloseTimeout } as StartNexusOperationOptions)),
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    ...summaryOf(judged, 'summary'),
  });
}

function summaryOf<Name extends string>({ summary }: JudgedCall, name: Name): { [N in Name]?: string } {
  return (summary === undefined ? {} : { [name]: summary }) as { [N in Name]?: string };
}

function endOf({ judged, name }: DelegatedCall, error: unknown): DelegateEnd {
  const cause = causeOf(error);
  const reason = innermost(error);
  if (isEndKnown(cause) || judged.replay === 'safe') return failed(name, reason);
  const content = `Interrupted, outcome unknown: '${name}' was started, and its end is not known (${reason}). Check what it did before you repeat it.`;
  return { outcome: 'unknown', content: boundedContent(content) };
}

function failed(name: string, reason: string): DelegateEnd {
  return { outcome: 'failed', content: boundedContent(`The tool '${name}' failed: ${reason}`) };
}

/** It said itself that it failed, or it was never started. */
function isEndKnown(cause: unknown): boolean {
  if (cause instanceof TimeoutFailure) return cause.timeoutType === 'SCHEDULE_TO_START';
  if (cause instanceof ApplicationFailure) return cause.type !== FAILURES.workerLost && cause.type !== 'WorkerShutdown';
  if (cause instanceof TerminatedFailure || cause instanceof CancelledFailure) return false;
  return (cause as { readonly name?: unknown } | undefined)?.name !== 'WorkflowExecutionAlreadyStartedError';
}

/** What is inside the wrapper of an activity, a child workflow or a Nexus operation. */
function causeOf(error: unknown): unknown {
  const { name, cause } = Object(error) as { readonly name?: unknown; readonly cause?: unknown };
  return cause !== undefined && WRAPPERS.has(String(name)) ? cause : error;
}

const WRAPPERS: ReadonlySet<string> = new Set(['ActivityFailure', 'ChildWorkflowFailure', 'NexusOperationFailure']);

/** The words of the first failure in the chain of causes. */
function innermost(error: unknown): string {
  let words = '';
  for (let at: unknown = error; at instanceof Error; at = at.cause) words = at.message || words;
  return (words || String(error)).replace(/[.\s]+$/, '');
}
