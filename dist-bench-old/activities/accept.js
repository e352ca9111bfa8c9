/**
 * Makes a provider's reply an accepted one: call ids of our own, bounded sizes, a verdict for every call. Decides; runs
 * nothing.
 */
import { randomUUID } from 'node:crypto';
import { utf8Length } from '../src/domain/conversation.js';
import { FIXED } from '../src/domain/limits.js';
import { wellFormed } from '../src/domain/wire.js';
import { prepare } from './execute.js';
export function toMessage(deps, reply) {
    const content = bounded(deps.redact(wellFormed(reply.content)));
    if (reply.calls.length === 0)
        return { role: 'assistant', content };
    let room = FIXED.replyCallBytes;
    const calls = reply.calls.slice(0, FIXED.replyCalls).map((requested) => {
        const call = toCall(requested, room);
        room -= utf8Length(JSON.stringify(call.args));
        return call;
    });
    return { role: 'assistant', content, calls };
}
export function judgeCall(deps, task, asked) {
    const { call } = asked;
    const refuse = (reason) => ({ call: call.id, verdict: 'refuse', reason, placement: 'inline' });
    if (!deps.tools.find(call.name)) {
        return refuse(`There is no tool '${call.name.slice(0, 60)}'. Tools: ${[...deps.tools.all.keys()].join(', ')}.`);
    }
    const prepared = prepare(deps, task, asked);
    if (prepared.kind === 'refused')
        return refuse(prepared.observation.content);
    const { tool, args } = prepared;
    if (prepared.kind === 'ready' && tool.placement === 'inline') {
        return { call: call.id, verdict: 'run', placement: 'inline' };
    }
    const summary = deps.redact(`${tool.name} · ${tool.summary(args)}`).slice(0, 80);
    const judged = { call: call.id, placement: 'activity', replay: tool.replay, summary };
    if (prepared.kind === 'ready')
        return { ...judged, verdict: 'run' };
    return { ...judged, verdict: 'ask', reason: prepared.reason };
}
/** What the workflow takes a call for of which nothing is said. */
export function runsInline({ verdict, placement }) {
    return verdict === 'run' && placement === 'inline';
}
// ---
function toCall({ wire_id, name, args, problem }, room) {
    const base = { id: randomUUID(), wire_id: wire_id.slice(0, 128), name: wellFormed(name).slice(0, 128) };
    const size = utf8Length(JSON.stringify(args) ?? '');
    if (size > Math.min(FIXED.callBytes, room)) {
        const limit = Math.min(FIXED.callBytes, Math.max(room, 0));
        return {
            ...base,
            args: {},
            problem: `The arguments are ${size} bytes, more than the ${limit} left. Send less at a time.`,
        };
    }
    return problem ? { ...base, args, problem } : { ...base, args };
}
function bounded(content) {
    if (utf8Length(JSON.stringify(content)) <= FIXED.replyBytes)
        return content;
    // Cut to what fits even if each unit takes six bytes.
    return `${[...content.slice(0, FIXED.replyBytes / 6)].slice(0, -1).join('')}\n[the rest of this reply was cut: over ${FIXED.replyBytes} bytes]`;
}
//# sourceMappingURL=accept.js.map