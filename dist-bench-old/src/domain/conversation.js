/** The conversation that every fresh task starts with. */
export function opening(systemPrompt, prompt) {
    return [
        { role: 'system', content: systemPrompt },
        { role: 'user', content: prompt },
    ];
}
export function toMessage(observation) {
    return { role: 'tool', call: observation.call, outcome: observation.outcome, content: observation.content };
}
/** The last reply, or undefined before the first. */
export function lastReply(messages) {
    for (let i = messages.length - 1; i >= 0; i--) {
        const message = messages[i];
        if (message?.role === 'assistant')
            return message;
    }
    return undefined;
}
/** The calls of the last reply that have no result yet. */
export function openCalls(messages) {
    const reply = lastReply(messages);
    if (!reply?.calls)
        return [];
    const answered = new Set();
    for (let i = messages.length - 1; messages[i] !== reply; i--) {
        const message = messages[i];
        if (message?.role === 'tool')
            answered.add(message.call);
    }
    return reply.calls.filter((call) => !answered.has(call.id));
}
/**
 * The conversation with the results put directly behind the reply that asked for them, in the model's order,
 * whatever order they came in: providers refuse a request in which a call has no result or a stray one.
 */
export function settle(messages, results) {
    const reply = lastReply(messages);
    if (!reply?.calls)
        return [...messages];
    const at = messages.lastIndexOf(reply);
    const before = messages.slice(0, at + 1);
    const after = messages.slice(at + 1);
    const known = new Map();
    for (const message of [...after, ...results])
        if (message.role === 'tool')
            known.set(message.call, message);
    const settled = reply.calls.flatMap((call) => known.get(call.id) ?? []);
    return [...before, ...settled, ...after.filter((message) => message.role !== 'tool')];
}
/** Length in UTF-8 bytes; lone surrogates count as the three bytes of U+FFFD. */
export function utf8Length(text) {
    let bytes = 0;
    for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (unit < 0x80)
            bytes += 1;
        else if (unit < 0x800)
            bytes += 2;
        else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
            bytes += 4;
            i++;
        }
        else
            bytes += 3;
    }
    return bytes;
}
const sizes = new WeakMap();
/** Bytes of one message as JSON. Messages never change, so the measure is taken once. */
export function sizeOf(message) {
    let size = sizes.get(message);
    if (size === undefined) {
        size = utf8Length(JSON.stringify(message));
        sizes.set(message, size);
    }
    return size;
}
/** Bytes of the whole conversation as JSON, brackets and commas included. */
export function totalSize(messages) {
    let total = 2;
    for (const message of messages)
        total += sizeOf(message) + 1;
    return total;
}
//# sourceMappingURL=conversation.js.map