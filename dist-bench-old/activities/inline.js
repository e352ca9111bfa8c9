/**
 * Runs the inline calls of the last reply inside the iteration: safe, local, quick tools only, within one budget of time
 * and bytes. A call that does not fit is an observation that says so. Outcomes are kept for retries on this worker.
 */
import { openCalls, utf8Length } from '../src/domain/conversation.js';
import { FIXED } from '../src/domain/limits.js';
import { deadline } from './deadline.js';
import { execute, labelsFor, prepare } from './execute.js';
const KEPT = 512;
export class InlineCalls {
    deps;
    #kept = new Map();
    constructor(deps) {
        this.deps = deps;
    }
    async run(task, messages, signal) {
        const calls = openCalls(messages);
        if (calls.length === 0)
            return [];
        const labels = labelsFor(this.deps, task, messages);
        const time = deadline(FIXED.inlineMs, signal);
        const results = [];
        let room = FIXED.inlineBytes;
        try {
            for (const call of calls) {
                const result = this.#kept.get(call.id) ?? (await this.#one(task, call, { time, room, labels }));
                signal.throwIfAborted();
                this.#keep(result);
                results.push(result);
                room -= utf8Length(result.content);
            }
            return results;
        }
        finally {
            time.clear();
        }
    }
    async #one(task, call, { time, room, labels }) {
        const prepared = prepare(this.deps, task, { call, labels });
        if (prepared.kind === 'refused')
            return prepared.observation;
        // The policy has changed since the reply was judged.
        if (prepared.kind === 'asks')
            return failed(call, 'This needs an approval by now. Ask for it again.');
        const { tool, args } = prepared;
        if (tool.placement !== 'inline')
            return failed(call, `'${tool.name}' does not run here. Ask for it again.`);
        const late = `Not done: the quick tools of one iteration have ${FIXED.inlineMs / 1000} s together. Ask for fewer at a time.`;
        if (time.passed)
            return failed(call, late);
        if (room <= 0)
            return failed(call, 'Not done: the outputs of this iteration are full. Ask for it again.');
        const result = await execute(this.deps, task, { call, tool, args, signal: time.signal });
        return time.passed ? failed(call, late) : result;
    }
    #keep(result) {
        this.#kept.set(result.call, result);
        for (const oldest of this.#kept.keys()) {
            if (this.#kept.size <= KEPT)
                break;
            this.#kept.delete(oldest);
        }
    }
}
function failed(call, content) {
    return { call: call.id, outcome: 'failed', content };
}
//# sourceMappingURL=inline.js.map