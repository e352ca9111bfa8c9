const GO_ON = 'Go on with the task from where you left off. If the message before this one is already the final answer, repeat it.';
export function adopt(checkpoint) {
    const messages = checkpoint.messages.map(toMessage);
    const last = messages.at(-1);
    const turn = last?.role === 'assistant' ? [{ role: 'user', content: GO_ON }] : [];
    return { iterations: checkpoint.iteration + 1, messages: [...messages, ...turn] };
}
// ---
/** A role that no provider knows is text that somebody said. */
function toMessage({ role, content, content_parts: parts }) {
    if (role === 'system' || role === 'assistant')
        return { role, content };
    return parts ? { role: 'user', content, parts } : { role: 'user', content };
}
//# sourceMappingURL=adoption.js.map