/** Which runs of workflows may have the activities of a task: read from what the server says of the caller. Pure. */
import { ApplicationFailure } from '@temporalio/common';
import { FAILURES, WORKFLOW_TYPE } from '../src/domain/protocol.js';

/** The fields of an activity's info that admission reads. */
export interface ActivityCaller {
  readonly inWorkflow: boolean;
  readonly workflowType?: string | undefined;
  readonly workflowExecution?: WorkflowRun | undefined;
}

export interface WorkflowRun {
  readonly workflowId: string;
  readonly runId: string;
}

/** A run that may have activities of ours. */
export interface CallingRun extends WorkflowRun {
  /** A workflow of the user that runs an agent: its arguments are no start of ours. */
  readonly isAgent: boolean;
}

/** Throws, without retry, for a call from anything but a task, or a workflow of one of the trusted types. */
export function callingRunOf(
  { inWorkflow, workflowType, workflowExecution }: ActivityCaller,
  trustedTypes: readonly string[],
): CallingRun {
  if (inWorkflow && workflowType !== undefined && workflowExecution) {
    const { workflowId, runId } = workflowExecution;
    if (workflowType === WORKFLOW_TYPE) return { workflowId, runId, isAgent: false };
    if (trustedTypes.includes(workflowType)) return { workflowId, runId, isAgent: true };
  }
  throw ApplicationFailure.create({
    type: FAILURES.refused,
    message:
      "This activity runs only inside a backgroundTask workflow, and in workflows whose type is in the plugin's option `trustedParents`.",
    nonRetryable: true,
  });
}
