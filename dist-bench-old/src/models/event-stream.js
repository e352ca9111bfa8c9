/**
 * A provider's event stream on its way to the AI SDK, line by line: errors in it become `RookeryError`s, and the finish
 * that some endpoints leave out is put in. It changes nothing else.
 */
import { RookeryError } from '../domain/errors.js';
import { badReply, frameFailure, networkFailure } from './failures.js';
import { isRecord, parseJson } from './provider-words.js';
/** More than this is a broken endpoint, not a reply. */
const MAX_CHARS = 32 * 1024 * 1024;
const encoder = new TextEncoder();
export async function* eventsOnly(incoming) {
    const { peer, plain } = incoming;
    const check = plain ? (line) => line : lineCheck(peer);
    let carry = '';
    try {
        for await (const text of texts(incoming)) {
            const lines = (carry + text).split('\n');
            carry = lines.pop() ?? '';
            if (lines.length > 0)
                yield encoder.encode(lines.map((line) => `${check(line)}\n`).join(''));
        }
        if (carry !== '')
            yield encoder.encode(plain ? carry : `${check(carry)}\n\n`);
    }
    catch (error) {
        throw error instanceof RookeryError ? error : networkFailure(peer, error);
    }
    finally {
        await incoming.reader.cancel().catch(() => undefined);
    }
}
// --- internal ---
async function* texts({ head, reader, decoder, peer }) {
    let length = head.length;
    yield head;
    for (;;) {
        const { done, value } = await reader.read();
        if (done)
            return;
        const text = decoder.decode(value, { stream: true });
        length += text.length;
        if (length > MAX_CHARS)
            throw badReply(peer, 'more than 32 MiB for one reply');
        yield text;
    }
}
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
/** Quotes inside generated text are escaped, so the bare key names below are never part of it. */
function lineCheck(peer) {
    let finished = false;
    return (line) => {
        if (!line.startsWith('data:'))
            return line;
        if (/"finish_reason"\s*:\s*"/.test(line))
            finished = true;
        if (line.includes('"error"')) {
            const frame = parseJson(line.slice('data:'.length));
            if (isRecord(frame) && frame.error)
                throw frameFailure(peer, frame.error);
        }
        if (finished || line.slice('data:'.length).trim() !== '[DONE]')
            return line;
        return FINISH + line;
    };
}
//# sourceMappingURL=event-stream.js.map