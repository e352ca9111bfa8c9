/** Reads a file that anybody may have put there: never follows a symlink, never waits for a pipe, never reads without end. */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { codeOf } from '../durable/failure.js';
const MAX_BYTES = 64 * 1024 * 1024;
/** Undefined: there is no such file. Throws an error whose message says what is wrong with it. */
export async function readText(path) {
    try {
        const file = await open(path, FLAGS);
        try {
            refuseOddities(await file.stat());
            return validText(await file.readFile());
        }
        finally {
            await file.close();
        }
    }
    catch (error) {
        return absent(error);
    }
}
/** As `readText`, without giving way: of many small files each step would wait longer for its turn than for the disk. */
export function readTextSync(path) {
    try {
        const file = openSync(path, FLAGS);
        try {
            refuseOddities(fstatSync(file));
            const read = ROOM.subarray(0, readSync(file, ROOM));
            // Room to spare: that was its end, whatever its size was a moment ago.
            return validText(read.length < ROOM.length ? read : Buffer.concat([read, readFileSync(file)]));
        }
        finally {
            closeSync(file);
        }
    }
    catch (error) {
        return absent(error);
    }
}
/** Undefined: the bytes are no valid UTF-8. */
export function textOf(bytes) {
    try {
        return DECODER.decode(bytes);
    }
    catch {
        return undefined;
    }
}
// ---
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Used again for each file of a long list. */
const ROOM = Buffer.alloc(64 * 1024);
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
function refuseOddities(stat) {
    if (!stat.isFile())
        throw new Error('it is not a regular file');
    if (stat.size > MAX_BYTES)
        throw new Error(`it is ${stat.size} bytes, more than ${MAX_BYTES}`);
}
function validText(bytes) {
    const text = textOf(bytes);
    if (text === undefined)
        throw new Error('it is not valid UTF-8');
    return text;
}
function absent(error) {
    if (codeOf(error) === 'ENOENT')
        return undefined;
    throw codeOf(error) === 'ELOOP' ? new Error('it is a symlink') : error;
}
//# sourceMappingURL=read-text.js.map