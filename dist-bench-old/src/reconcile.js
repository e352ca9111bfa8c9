import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { after, microsOfMillis, microsOfStamp, stampOf } from './domain/stamp.js';
import { isTerminal } from './domain/task.js';
import { toWire } from './domain/wire.js';
import { withLock } from './durable/lock.js';
import { removeDurably } from './durable/write.js';
import { listHeads } from './mirror/heads.js';
import { hashOf, writeOrder } from './mirror/order.js';
import { readTaskText } from './mirror/reader.js';
import { replaceTask } from './mirror/replace.js';
import { GRPC, grpcCode } from './temporal.js';
/** The file of a task whose workflow ended without writing it. */
export function endedFile(file, { status, result, error, outcome }, closedAt) {
    const closed = microsOfMillis(closedAt?.getTime() ?? Date.now());
    return {
        ...file,
        status,
        result,
        error,
        updated_at: stampOf(after(microsOfStamp(file.updated_at) ?? 0, closed)),
        iterations: outcome?.iterations ?? file.iterations,
        provider: outcome?.provider ?? file.provider,
        model: outcome?.model ?? file.model,
        checkpoint: null,
    };
}
/** Ids of the tasks whose files were mended. */
export async function reconcileAll(context) {
    const { tasks } = await listHeads(context.paths);
    const mended = [];
    for (const { id, status } of tasks) {
        if (!isTerminal(status) && (await reconcile(context, id)))
            mended.push(id);
    }
    return mended;
}
/** True when the file was behind an ended workflow, and is not any more. */
export async function reconcile(context, id) {
    const description = await describe(context.client, id);
    if (!description || description.status.name === 'RUNNING' || description.status.name === 'PAUSED')
        return false;
    if (!(await startedByUs(context, description)))
        return false;
    const ending = await endingOf(context.client, description);
    return ending !== undefined && put(context.paths, { id, description, ending });
}
/** Undefined: Temporal does not have it (any more). */
export async function describe(client, id) {
    try {
        return await client.workflow.getHandle(id).describe();
    }
    catch (error) {
        if (grpcCode(error) === GRPC.notFound || error.name === 'WorkflowNotFoundError')
            return undefined;
        throw error;
    }
}
/** Undefined: it has not ended. */
export async function endingOf(client, description) {
    const failed = (error) => ({ status: 'Failed', result: null, error, outcome: undefined });
    switch (description.status.name) {
        case 'COMPLETED': {
            const outcome = (await client.workflow
                .getHandle(description.workflowId, description.runId)
                .result());
            return { status: 'Completed', result: outcome.result, error: null, outcome };
        }
        case 'FAILED': {
            const { outcome, message } = await failureOf(client, description);
            return { status: 'Failed', result: null, error: outcome?.error ?? message, outcome };
        }
        case 'CANCELLED': {
            const { outcome } = await failureOf(client, description);
            return { status: 'Cancelled', result: null, error: null, outcome };
        }
        case 'TERMINATED':
            return failed('terminated from outside');
        case 'TIMED_OUT':
            return failed('timed out in Temporal');
        default:
            return undefined;
    }
}
/** The input of the run, as the server has it. */
export async function inputOf(client, at) {
    const page = await client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId: at.workflowId, runId: at.runId },
        maximumPageSize: 1,
    });
    const payload = page.history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
    return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
}
// ---
async function startedByUs({ client, signer }, at) {
    const input = await inputOf(client, at);
    return typeof input === 'object' && input !== null && signer.verifyStart(at.workflowId, input);
}
async function failureOf(client, { workflowId, runId }) {
    try {
        await client.workflow.getHandle(workflowId, runId, { firstExecutionRunId: undefined }).result();
    }
    catch (error) {
        const cause = error.cause;
        const outcome = cause?.details?.[0];
        const known = outcome && typeof outcome === 'object' && 'iterations' in outcome ? outcome : undefined;
        const message = cause instanceof ApplicationFailure ? cause.message : ((cause ?? error).message ?? 'failed');
        return { outcome: known, message };
    }
    return { outcome: undefined, message: 'failed' };
}
async function put(paths, { id, description, ending }) {
    return withLock(paths.lock(id), async () => {
        const { text: before, read } = await readTaskText(paths, id);
        if (before === undefined || read.kind !== 'task' || isTerminal(read.task.status))
            return false;
        const text = toWire(endedFile(read.task, ending, description.closeTime), read.extra);
        // Later than any write of that run: an activity that comes late must not set it back.
        await writeOrder(paths.order(id), {
            run_started: description.startTime.getTime(),
            version: Number.MAX_SAFE_INTEGER,
            hashes: [hashOf(text), hashOf(before)],
            ended: true,
        });
        // Written to in between: the next look mends it.
        if (!(await replaceTask(paths, id, { text, seen: hashOf(before), yields: false })))
            return false;
        await removeDurably(paths.checkpoint(id));
        return true;
    });
}
//# sourceMappingURL=reconcile.js.map