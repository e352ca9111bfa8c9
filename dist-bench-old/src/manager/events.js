import { lastReply } from '../domain/conversation.js';
import { MEMO_PHASE } from '../domain/protocol.js';
import { stampOf } from '../domain/stamp.js';
import { decode, values } from './payloads.js';
export class RunEvents {
    id;
    runId;
    #scheduled = new Map();
    #calls = new Map();
    #iteration = 0;
    constructor(id, runId) {
        this.id = id;
        this.runId = runId;
    }
    /** Accepted replies so far. */
    get iteration() {
        return this.#iteration;
    }
    render(event) {
        return this.#bodies(event).map((body, n) => ({
            cursor: `${this.runId}:${event.eventId}.${n}`,
            time: timeOf(event),
            ...body,
        }));
    }
    #bodies(event) {
        if (event.workflowExecutionStartedEventAttributes)
            return this.#started(event.workflowExecutionStartedEventAttributes);
        const scheduled = event.activityTaskScheduledEventAttributes;
        if (scheduled) {
            const { activityType, input } = scheduled;
            this.#scheduled.set(String(event.eventId), { type: activityType?.name ?? '', input });
            return [];
        }
        const completed = event.activityTaskCompletedEventAttributes;
        if (completed)
            return this.#completed(String(completed.scheduledEventId), completed.result);
        const memo = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields?.[MEMO_PHASE];
        return memo ? waitingOf(decode(memo)) : [];
    }
    #started({ input, continuedExecutionRunId, }) {
        const [task, carried, ...groups] = values(input);
        if (!continuedExecutionRunId)
            return [{ type: 'submitted', id: this.id, prompt: task?.prompt ?? '' }];
        this.#iteration = carried?.record?.iterations ?? 0;
        const reply = lastReply(groups.flat());
        if (reply)
            this.#know(reply);
        return [];
    }
    #completed(scheduledId, result) {
        const scheduled = this.#scheduled.get(scheduledId);
        this.#scheduled.delete(scheduledId);
        if (scheduled?.type === 'iterate')
            return this.#iterated(scheduled.input, values(result)[0]);
        if (scheduled?.type !== 'runTool')
            return [];
        const ran = values(result)[0];
        return ran.kind === 'ran' ? [this.#result(ran.observation)] : [];
    }
    #iterated(input, result) {
        if (result.kind !== 'accepted')
            return [];
        const { n } = values(input)[0];
        const results = result.observations.map((observation) => this.#result(observation));
        this.#iteration = n;
        this.#know(result.message);
        const { provider, model, usage, message } = result;
        const calls = message.calls ?? [];
        return [
            ...results,
            { type: 'iteration', iteration: n, provider, model, content: message.content, calls: calls.length, usage },
            ...calls.map(({ id, name, args }) => ({ type: 'call', iteration: n, call: id, tool: name, args })),
            ...result.judged.flatMap(({ call, verdict, reason }) => verdict === 'refuse' ? [this.#result({ call, outcome: 'refused', content: reason ?? '' })] : []),
        ];
    }
    #result({ call, outcome, content }) {
        const known = this.#calls.get(call);
        const tool = known?.call.name ?? '';
        return { type: 'result', iteration: known?.iteration ?? this.#iteration, call, tool, outcome, content };
    }
    #know(reply) {
        for (const call of reply.calls ?? [])
            this.#calls.set(call.id, { call, iteration: this.#iteration });
    }
}
export function timeOf({ eventTime }) {
    return stampOf(Number(eventTime?.seconds ?? 0) * 1_000_000 + Math.floor((eventTime?.nanos ?? 0) / 1000));
}
// ---
function waitingOf({ phase, reason }) {
    return phase?.startsWith('waiting') ? [{ type: 'waiting', phase, reason: reason ?? null }] : [];
}
//# sourceMappingURL=events.js.map