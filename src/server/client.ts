/**
 * Requests to a server before it is used: readiness and retention.
 * Loads the SDK's client only when called: most commands do not need it.
 */

import type { Connection } from '@temporalio/client';

const NAMESPACE = 'default';
export const RETENTION_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @returns true as soon as the server serves its namespace; false after `timeoutMs`. */
export async function responds(address: string, timeoutMs: number): Promise<boolean> {
  return withConnection(address, (connection) =>
    connection
      .withDeadline(Date.now() + timeoutMs, () => describe(connection))
      .then(
        () => true,
        () => false,
      ),
  );
}

/** Raises the retention: the dev server's default of 24 hours would make finished tasks look lost. */
export async function keepFinishedTasks(address: string): Promise<void> {
  const { msToTs, optionalTsToMs } = await import('@temporalio/common/lib/time.js');
  await withConnection(address, (connection) =>
    connection.withDeadline(Date.now() + 10_000, async () => {
      const { config } = await describe(connection);
      const retentionMs = RETENTION_DAYS * DAY_MS;
      if ((optionalTsToMs(config?.workflowExecutionRetentionTtl) ?? 0) >= retentionMs) return;
      await connection.workflowService.updateNamespace({
        namespace: NAMESPACE,
        config: { workflowExecutionRetentionTtl: msToTs(retentionMs) },
      });
    }),
  );
}

function describe(connection: Connection) {
  return connection.workflowService.describeNamespace({ namespace: NAMESPACE });
}

async function withConnection<T>(address: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const { Connection } = await import('@temporalio/client');
  // Proxy variables are for the model provider, never for a server on this machine.
  // Reconnects quickly while the server starts: gRPC's default backoff of 1 s would be most of the start.
  const channelArgs = {
    'grpc.enable_http_proxy': 0,
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 200,
  };
  const connection = Connection.lazy({ address, channelArgs });
  return work(connection).finally(() => connection.close());
}
