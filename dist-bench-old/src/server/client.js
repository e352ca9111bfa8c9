/**
 * The few things that are asked of a server before anybody works with it.
 * Loads the SDK's client only when called: most commands never come here.
 */
const NAMESPACE = 'default';
export const RETENTION_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
/** True as soon as the server serves its namespace, false when it does not within the time. */
export async function answers(address, withinMs) {
    return withConnection(address, (connection) => connection
        .withDeadline(Date.now() + withinMs, () => describe(connection))
        .then(() => true, () => false));
}
/** Finished tasks would look lost after the dev server's own 24 hours. */
export async function keepFinishedTasks(address) {
    const { msToTs, optionalTsToMs } = await import('@temporalio/common/lib/time.js');
    await withConnection(address, (connection) => connection.withDeadline(Date.now() + 10_000, async () => {
        const { config } = await describe(connection);
        const wanted = RETENTION_DAYS * DAY_MS;
        if ((optionalTsToMs(config?.workflowExecutionRetentionTtl) ?? 0) >= wanted)
            return;
        await connection.workflowService.updateNamespace({
            namespace: NAMESPACE,
            config: { workflowExecutionRetentionTtl: msToTs(wanted) },
        });
    }));
}
function describe(connection) {
    return connection.workflowService.describeNamespace({ namespace: NAMESPACE });
}
async function withConnection(address, work) {
    const { Connection } = await import('@temporalio/client');
    // Our proxy variables are for the model's provider, never for a server on this machine.
    // And a server that starts is asked again at once: gRPC's own second of patience would be most of the start.
    const channelArgs = {
        'grpc.enable_http_proxy': 0,
        'grpc.initial_reconnect_backoff_ms': 50,
        'grpc.max_reconnect_backoff_ms': 200,
    };
    const connection = Connection.lazy({ address, channelArgs });
    return work(connection).finally(() => connection.close());
}
//# sourceMappingURL=client.js.map