import { advance } from '../domain/advance.js';
import { openingOf } from '../domain/carry.js';
import { microsOfMillis } from '../domain/stamp.js';
import { recordAtStart } from '../domain/start.js';
import { DEFAULT_SYSTEM_PROMPT } from '../domain/system-prompt.js';
import { historyOf } from './history.js';
import { values } from './payloads.js';
export async function rebuild(client, workflowId, runId) {
    const fold = new Fold();
    for await (const event of historyOf(client, workflowId, runId))
        fold.take(event);
    return fold.newest;
}
// ---
class Fold {
    newest;
    #known = new Map();
    #asked = new Map();
    #opening = [];
    take(event) {
        if (event.workflowExecutionStartedEventAttributes) {
            const { input } = event.workflowExecutionStartedEventAttributes;
            this.#start(values(input), Number(event.eventTime?.seconds ?? 0) * 1000 + (event.eventTime?.nanos ?? 0) / 1e6);
        }
        const scheduled = event.activityTaskScheduledEventAttributes;
        if (scheduled)
            this.#scheduled(String(event.eventId), asked(scheduled.input));
        const completed = event.activityTaskCompletedEventAttributes;
        const question = completed && this.#asked.get(String(completed.scheduledEventId));
        if (question)
            this.#answered(question, values(completed.result)[0]);
    }
    #start([given, carriedOver, ...groups], millis) {
        const input = given;
        const carried = carriedOver;
        this.#opening = openingOf(input, DEFAULT_SYSTEM_PROMPT);
        const all = [...this.#opening, ...groups.flat()];
        if (carried?.state)
            this.#known.set(carried.state, all.slice(0, all.length - carried.tail));
        const record = carried?.record ?? recordAtStart(input, microsOfMillis(Math.floor(millis)));
        this.newest = { input, record, messages: all, mirrored: carried !== undefined };
    }
    #scheduled(event, { base, groups }) {
        this.#asked.set(event, { base, groups });
        const { record } = base;
        if (!this.newest || !record)
            return;
        const messages = this.#conversation(base, groups);
        if (messages)
            this.newest = { ...this.newest, record, messages, mirrored: true };
    }
    #answered({ base, groups }, result) {
        const sent = result.kind === 'accepted' ? this.#conversation(base, groups) : undefined;
        if (result.kind !== 'accepted' || !sent)
            return;
        this.#known.set(result.state, advance(sent, this.#opening.length, result));
    }
    #conversation({ state, whole = 0 }, groups) {
        const tail = groups.slice(whole).flat();
        if (state === null)
            return [...this.#opening, ...groups.slice(0, whole).flat(), ...tail];
        const known = this.#known.get(state);
        return known && [...known, ...tail];
    }
}
function asked(input) {
    const [base, ...groups] = values(input);
    return { base: base, groups: groups };
}
//# sourceMappingURL=rebuild.js.map