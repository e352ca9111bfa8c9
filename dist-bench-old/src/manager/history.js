export async function* historyOf(client, workflowId, runId) {
    let nextPageToken;
    do {
        const page = await client.workflowService.getWorkflowExecutionHistory({
            namespace: client.options.namespace,
            execution: { workflowId, runId },
            ...(nextPageToken ? { nextPageToken } : {}),
        });
        yield* page.history?.events ?? [];
        nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
    } while (nextPageToken);
}
//# sourceMappingURL=history.js.map