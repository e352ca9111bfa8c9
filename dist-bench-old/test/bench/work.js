/**
 * The work that every peer is given: a model call of no latency that answers 2 KiB and asks for a file of 4 KiB, K times,
 * the last reply an answer. The name of the model says which work it is, so that the model server needs no memory.
 */
export const FILE = 'notes.txt';
export const PROMPT = prose(1_536, 7);
export const ANSWER = prose(2_048, 11);
export const CONTENT = prose(4_096, 13);
export function modelOf({ iterations, delayMs, tool, refused = false }) {
    return `work-${iterations}-${delayMs}-${tool}${refused ? '-refused' : ''}`;
}
export function workOf(model) {
    const [, iterations, delayMs, tool, refused] = /^work-(\d+)-(\d+)-(read|unsafe)(-refused)?$/.exec(model) ?? [];
    if (!iterations || !delayMs)
        throw new Error(`'${model}' names no work`);
    return {
        iterations: Number(iterations),
        delayMs: Number(delayMs),
        tool: tool,
        refused: Boolean(refused),
    };
}
export function callOf({ tool }) {
    return tool === 'read'
        ? { name: 'read_file', args: { path: FILE } }
        : { name: 'shell', args: { command: `cat ${FILE}` } };
}
// ---
/** Words of a small vocabulary in an order that a compressor cannot guess; ASCII, so that bytes are characters. */
function prose(bytes, seed) {
    const words = 'agent state durable crash write worker result context token answer while after because never file'.split(' ');
    let text = '';
    for (let at = seed; text.length < bytes; at = (at * 48_271) % 2_147_483_647) {
        text += `${words[at % words.length]}${at % 11 === 0 ? '.\n' : ' '}`;
    }
    return text.slice(0, bytes);
}
//# sourceMappingURL=work.js.map