const USAGE = Object.freeze({ input_tokens: 10, output_tokens: 5, total_tokens: 15 });
/** `script` gets the conversation and the number of replies in it; what it throws is thrown. */
export function scriptedModel(script) {
    return {
        ask: async ({ messages, signal, onText }) => {
            signal.throwIfAborted();
            const replies = messages.filter(({ role }) => role === 'assistant').length;
            const { content = '', calls = [], usage = USAGE } = script(messages, replies);
            if (content !== '')
                onText?.(content);
            return { content, calls: calls.map(toCall), usage, finish: finish(calls), provider: 'demo', model: 'scripted' };
        },
    };
}
// --- internal ---
const toCall = (call, i) => ({
    wire_id: call.wire_id ?? `call_${i}`,
    name: call.name,
    args: call.args,
});
const finish = (calls) => (calls.length > 0 ? 'tool-calls' : 'stop');
//# sourceMappingURL=scripted.js.map