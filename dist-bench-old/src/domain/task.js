/**
 * The task record and its transitions. Pure: the workflow decides with these functions, the mirror and the command show
 * what they return. Nothing here knows Temporal, files or models.
 */
import { after } from './stamp.js';
import { addUsage, NO_USAGE } from './usage.js';
export const STATUSES = ['Pending', 'Running', 'Completed', 'Failed', 'Cancelled'];
const STATUS_OF = { running: 'Running', completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled' };
export function statusOf(state) {
    return STATUS_OF[state.kind];
}
export function isTerminal(status) {
    return status !== 'Pending' && status !== 'Running';
}
export function freshRecord(now, { provider, model, created, iterations }) {
    return {
        state: { kind: 'running' },
        iterations: iterations ?? 0,
        provider: provider ?? null,
        model: model ?? null,
        usage: NO_USAGE,
        created_at: created ?? now,
        updated_at: created === undefined ? now : after(created, now),
        version: 1,
    };
}
/** The record with a change, its stamp moved on and its version raised. */
export function amend(record, now, change) {
    return { ...record, ...change, updated_at: after(record.updated_at, now), version: record.version + 1 };
}
export function accept(record, now, reply) {
    return amend(record, now, {
        iterations: record.iterations + 1,
        provider: reply.provider,
        model: reply.model,
        usage: addUsage(record.usage, reply.usage),
    });
}
/** Within one run the first end stays: a later one changes nothing. */
export function end(record, now, state) {
    return record.state.kind === 'running' ? amend(record, now, { state }) : record;
}
//# sourceMappingURL=task.js.map