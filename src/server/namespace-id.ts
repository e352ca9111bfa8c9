/** The id that a namespace got when it was made: another database has another one, also under the same address and name. */
import { GRPC, grpcCode } from './connect.js';
import type { TemporalClient } from './temporal-client.js';

const UNTOLD: ReadonlySet<number | undefined> = new Set([GRPC.permissionDenied, GRPC.unimplemented]);

/** @returns undefined where the server does not let this client see it. Throws what the request throws otherwise. */
export async function namespaceId({
  workflowService,
  options,
}: Pick<TemporalClient, 'workflowService' | 'options'>): Promise<string | undefined> {
  try {
    const { namespaceInfo } = await workflowService.describeNamespace({ namespace: options.namespace });
    return namespaceInfo?.id ?? undefined;
  } catch (error) {
    if (UNTOLD.has(grpcCode(error))) return undefined;
    throw error;
  }
}
