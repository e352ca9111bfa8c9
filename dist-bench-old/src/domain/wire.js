import { openCalls } from './conversation.js';
import { layOut } from './json-text.js';
import { renderObservation, renderTextCall } from './text-protocol.js';
export const FILE_FIELDS = [
    'id',
    'prompt',
    'system_prompt',
    'status',
    'result',
    'error',
    'created_at',
    'updated_at',
    'iterations',
    'provider',
    'model',
    'checkpoint',
];
export const CHECKPOINT_FIELDS = [
    'session_id',
    'iteration',
    'max_iterations',
    'messages',
    'initial_prompt',
    'system_prompt',
    'provider',
    'model',
    'enable_tools',
    'last_checkpoint',
];
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
/** Serde refuses a lone surrogate, and the whole file with it. */
export function wellFormed(text) {
    return text.isWellFormed() ? text : text.replace(LONE_SURROGATE, '\uFFFD');
}
const FIELD_NAMES = new Set(FILE_FIELDS);
/** What may be an escaped lone surrogate: JSON escapes no other unit of theirs. */
const SUSPICIOUS = /\\ud[89a-f]/i;
function serialise(value, indent) {
    const text = JSON.stringify(value, null, indent);
    // Each text by itself takes ten times as long.
    if (!SUSPICIOUS.test(text))
        return text;
    return JSON.stringify(value, (_key, field) => (typeof field === 'string' ? wellFormed(field) : field), indent);
}
/**
 * The bytes of a task file; `extra` are fields that RavenClaws does not know, kept behind its own with their exact values.
 * Of a field that it knows the extra text counts only while it is the file's own value: a number that no double holds.
 */
export function toWire(file, extra = []) {
    const kept = new Map(extra);
    const known = FILE_FIELDS.map((field) => {
        const exact = kept.get(field);
        const same = exact !== undefined && JSON.parse(exact) === file[field];
        return line(field, same ? exact : serialise(file[field], 0));
    });
    const unknown = extra.filter(([name]) => !FIELD_NAMES.has(name)).map(([name, json]) => line(name, layOut(json, 1)));
    return `{\n${[...known, ...unknown].join(',\n')}\n}`;
}
function line(name, json) {
    return `  ${serialise(name, 0)}: ${json}`;
}
export function checkpointToWire(checkpoint) {
    return serialise(checkpoint, 2);
}
/** The form that the task file's string field `checkpoint` holds. */
export function checkpointCompact(checkpoint) {
    return serialise(checkpoint, 0);
}
/** The complete rounds of a conversation: without a last reply whose calls have no results yet. */
export function completeRounds(messages, iterations) {
    if (openCalls(messages).length === 0)
        return { messages, iteration: iterations - 1 };
    const at = messages.findLastIndex((message) => message.role === 'assistant');
    return { messages: messages.slice(0, at), iteration: iterations - 2 };
}
/**
 * The messages in RavenClaws' text protocol, which knows one call a reply: further calls of a reply follow as replies of
 * their own, each before its observation.
 */
export function toTextProtocol(messages) {
    const wire = [];
    const names = new Map();
    for (const message of messages) {
        if (message.role === 'assistant') {
            for (const call of message.calls ?? [])
                names.set(call.id, renderTextCall(call.name, call.args));
            const first = message.calls?.[0];
            const text = first ? names.get(first.id) : undefined;
            if (first)
                names.delete(first.id);
            wire.push({ role: 'assistant', content: [message.content, text].filter(Boolean).join('\n') });
        }
        else if (message.role === 'tool') {
            const further = names.get(message.call);
            if (further !== undefined)
                wire.push({ role: 'assistant', content: further });
            names.delete(message.call);
            wire.push({ role: 'user', content: renderObservation(message.outcome, message.content) });
        }
        else if (message.role === 'user' && message.parts) {
            wire.push({ role: 'user', content: message.content, content_parts: message.parts });
        }
        else
            wire.push({ role: message.role, content: message.content });
    }
    return wire;
}
//# sourceMappingURL=wire.js.map