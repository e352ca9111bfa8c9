/** What the server says of a workflow. */
import { GRPC, grpcCode } from '../server/connect.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';

/** @returns undefined when Temporal does not have it (any more) */
export async function describe(
  client: TemporalClient,
  id: string,
  runId?: string,
): Promise<WorkflowDescription | undefined> {
  try {
    return await client.workflow.getHandle(id, runId).describe();
  } catch (error) {
    if (grpcCode(error) === GRPC.notFound || (error as Error).name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}
