/**
 * Handles an end that another program wrote into a task's file: requests the cancel from the server before the workflow
 * learns of the end, so that the execution ends Canceled. A workflow that ends as cancelled without a request would end
 * Failed.
 */
import { Context } from '@temporalio/activity';
import type { ExternalEdit } from '../src/domain/external-edit.js';

/** Resolves when the server has the request; a workflow that has closed needs none. */
export async function cancelIfEnded(found: ExternalEdit | undefined): Promise<void> {
  if (found?.kind !== 'ended') return;
  const { client, info } = Context.current();
  const { workflowId = '', runId } = info.workflowExecution ?? {};
  try {
    await client.workflow.getHandle(workflowId, runId).cancel();
  } catch (error) {
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
  }
}
