import { defaultPayloadConverter } from '@temporalio/common';
/** Run ids, the oldest first. */
export async function runsOf(client, id) {
    let { runId } = await client.workflow.getHandle(id).describe();
    const runs = [];
    while (runId) {
        runs.unshift(runId);
        const { events } = await client.workflow.getHandle(id, runId).fetchHistory();
        runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
    }
    return runs;
}
export async function historyBytes(client, id) {
    let bytes = 0;
    for (const run of await runsOf(client, id)) {
        bytes += (await client.workflow.getHandle(id, run).describe()).historySize ?? Number.NaN;
    }
    return bytes;
}
export async function eventsOf(client, id, run) {
    return (await client.workflow.getHandle(id, run).fetchHistory()).events ?? [];
}
/** Every activity that the task has scheduled in that run, in order. */
export async function scheduledBy(client, id, run) {
    return (await eventsOf(client, id, run)).flatMap(({ activityTaskScheduledEventAttributes: event }) => {
        if (!event)
            return [];
        const [input, ...groups] = (event.input?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload));
        return {
            activity: event.activityType?.name ?? '',
            queue: event.taskQueue?.name ?? '',
            input: input,
            groups,
        };
    });
}
//# sourceMappingURL=history.js.map