/** The body of an answer, unpacked, up to a number of bytes: what a bomb unpacks to beyond them is never made. */
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Refusal } from '../outcome.js';
export const ENCODINGS = 'gzip, deflate, br';
/** Ends the stream in any case. `encoding` is the header `content-encoding`; one layer is unpacked, more are refused. */
export async function readBody(source, encoding, maxBytes) {
    const stream = unpacked(source, encoding);
    const chunks = [];
    let size = 0;
    // Leaving the loop ends the stream, and with it all that feeds it.
    for await (const chunk of stream) {
        chunks.push(chunk.subarray(0, maxBytes - size));
        size += chunk.length;
        if (size > maxBytes)
            break;
    }
    return { bytes: Buffer.concat(chunks), cut: size > maxBytes };
}
// ---
function unpacked(source, encoding) {
    const name = encoding.trim().toLowerCase();
    if (name === '' || name === 'identity')
        return source;
    const create = UNPACK.get(name);
    if (create)
        return pipeline(source, create(), () => undefined);
    source.destroy();
    throw new Refusal('The answer is packed in a way that is not understood.');
}
const UNPACK = new Map([
    ['gzip', () => createGunzip()],
    ['x-gzip', () => createGunzip()],
    ['deflate', () => createInflate()],
    ['br', () => createBrotliDecompress()],
]);
//# sourceMappingURL=body.js.map