/** Joins an activity with the files of its task: what it is given to show is written while it works, and it says how. */
import { Context } from '@temporalio/activity';
/** What the files are to show. */
export async function stateOf(shared, { task, messages, record }) {
    const runStarted = await shared.runStarts.of(Context.current().info.workflowExecution);
    return { id: task.id, input: task.input, record, runStarted, messages };
}
/** `ended` is aborted when another program has ended the task. Without a record there is nothing to show. */
export async function beside(shared, { record, live, ...heard }, work) {
    if (!record)
        return work(new AbortController().signal);
    const runId = Context.current().info.workflowExecution?.runId ?? '';
    const rider = shared.fresh.show(runId, () => stateOf(shared, { ...heard, record }));
    live.behind = () => rider.behindSince;
    try {
        return { ...(await work(rider.ended)), ...rider.report() };
    }
    finally {
        rider.leave();
    }
}
//# sourceMappingURL=beside.js.map