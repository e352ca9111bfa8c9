/** A query to the workflow of a task. One that came before a workflow task has begun fails, and is asked again. */
import { ASK_AGAIN } from '../domain/protocol.js';
import type { TemporalClient } from '../server/temporal-client.js';

/** Each of them waits for a worker: more than the second is rare. */
const TRIES = 5;

/** Throws what the query throws. `runId`: absent for the newest run. */
export async function askWorkflow<T>(
  { workflow }: Pick<TemporalClient, 'workflow'>,
  { workflowId, runId }: { readonly workflowId: string; readonly runId?: string },
  query: string,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await workflow.getHandle(workflowId, runId).query<T>(query);
    } catch (error) {
      if (tried === TRIES || !String((error as Error).message).includes(ASK_AGAIN)) throw error;
    }
  }
}
