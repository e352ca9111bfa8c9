import { RookeryError } from '../domain/errors.js';
import { describe } from '../reconcile.js';
import { abortable } from './abort.js';
import { notFound, online } from './context.js';
import { RunEvents, timeOf } from './events.js';
import { historyOf } from './history.js';
import { LiveText } from './live-text.js';
import { memoPhase } from './standing.js';
import { status } from './status.js';
export async function follow(context, id, options) {
    const { client } = online(context);
    const at = await describe(client, id);
    if (!at)
        return fromFile(context, id, options);
    const cursor = options.since === undefined ? undefined : parseCursor(options.since);
    const firstRunId = at.raw.workflowExecutionInfo?.firstRunId;
    let runId = cursor?.runId ?? firstRunId ?? at.runId;
    let resets = runId !== firstRunId;
    let skip = cursor && { event: cursor.event, n: cursor.n };
    const text = new LiveText(client, id, options);
    try {
        for (;;) {
            const reader = new RunReader({ client, id, runId, options, resets, ...(skip ? { skip } : {}) });
            const outcome = await reader.read();
            if (outcome.kind === 'waiting')
                return { kind: 'waiting', status: await status(context, id) };
            const next = outcome.next ?? (await laterRun(client, id, runId));
            if (next === undefined) {
                const object = await status(context, id);
                if (!outcome.known) {
                    options.onEvent({ type: 'end', cursor: outcome.cursor, time: object.updated_at, ...object });
                }
                return { kind: 'end', status: object };
            }
            runId = next;
            resets = outcome.next === undefined;
            skip = undefined;
        }
    }
    finally {
        text.stop();
    }
}
class RunReader {
    at;
    #events;
    constructor(at) {
        this.at = at;
        this.#events = new RunEvents(at.id, at.runId);
    }
    async read() {
        const { client, id, runId, options } = this.at;
        const copied = await this.#copiedUpTo();
        let token;
        for (;;) {
            options.signal?.throwIfAborted();
            const page = await this.#page(token);
            for (const event of page.history?.events ?? []) {
                const eventId = Number(event.eventId);
                const rendered = this.#events.render(event);
                if (eventId === copied)
                    this.#rewound(event);
                for (const [n, one] of rendered.entries()) {
                    if (eventId > copied && !this.#known(eventId, n))
                        options.onEvent(one);
                }
                const waits = rendered.some(({ type }) => type === 'waiting') && eventId > copied;
                if (waits && options.leaveWaiting?.() && (await this.#stillWaits()))
                    return { kind: 'waiting' };
                const closed = closeOf(event);
                if (closed) {
                    return { kind: 'closed', cursor: `${runId}:${eventId}.0`, known: this.#known(eventId, 0), ...closed };
                }
            }
            token = page.nextPageToken?.length ? page.nextPageToken : undefined;
            if (!token && (await describe(client, id)) === undefined)
                throw notFound(id);
        }
    }
    #page(token) {
        const { client, id, runId, options } = this.at;
        const request = {
            namespace: client.options.namespace,
            execution: { workflowId: id, runId },
            waitNewEvent: true,
            ...(token ? { nextPageToken: token } : {}),
        };
        return abortable(client, options.signal, () => client.workflowService.getWorkflowExecutionHistory(request));
    }
    /** The last event that a Reset copied into this run from the one before; 0: it is no reset run. */
    async #copiedUpTo() {
        const { client, id, runId, resets } = this.at;
        let copied = 0;
        if (!resets)
            return copied;
        for await (const { eventId, workflowTaskFailedEventAttributes: failed } of historyOf(client, id, runId)) {
            if (failed?.baseRunId && failed.newRunId === runId)
                copied = Number(eventId);
        }
        return copied;
    }
    #rewound(event) {
        if (this.#known(Number(event.eventId), 0))
            return;
        this.at.options.onEvent({
            cursor: `${this.at.runId}:${event.eventId}.0`,
            time: timeOf(event),
            type: 'rewound',
            iteration: this.#events.iteration,
        });
    }
    #known(eventId, n) {
        const { skip } = this.at;
        return skip !== undefined && (eventId < skip.event || (eventId === skip.event && n <= skip.n));
    }
    async #stillWaits() {
        const at = await describe(this.at.client, this.at.id);
        return at?.status.name === 'RUNNING' && memoPhase(at.memo)?.phase.startsWith('waiting') === true;
    }
}
function closeOf(event) {
    const closing = [
        event.workflowExecutionCompletedEventAttributes,
        event.workflowExecutionFailedEventAttributes,
        event.workflowExecutionCanceledEventAttributes,
        event.workflowExecutionTimedOutEventAttributes,
        event.workflowExecutionTerminatedEventAttributes,
    ];
    const next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (next)
        return { next };
    return closing.some(Boolean) ? {} : undefined;
}
/** A Reset makes a later run of the same task; undefined: this one is the last. */
async function laterRun(client, id, runId) {
    const at = await describe(client, id);
    return at && at.runId !== runId ? at.runId : undefined;
}
function parseCursor(text) {
    const match = /^([0-9a-f-]{36}):(\d+)\.(\d+)$/.exec(text);
    if (!match?.[1])
        throw new RookeryError('usage', `'${text}' is no cursor`, { hint: 'Give the cursor of an event' });
    return { runId: match[1], event: Number(match[2]), n: Number(match[3]) };
}
/** A task that Temporal does not have (any more): what its file says is all there is. */
async function fromFile(context, id, options) {
    const object = await status(context, id);
    if (object.detail.phase !== 'done') {
        throw new RookeryError('wrong_status', `Task '${id}' has no workflow to follow`, {
            hint: `Run \`rookery resume ${id}\``,
        });
    }
    options.onEvent({ type: 'end', cursor: '', time: object.updated_at, ...object });
    return { kind: 'end', status: object };
}
//# sourceMappingURL=follow.js.map