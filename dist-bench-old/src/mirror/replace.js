/**
 * Puts the text of a task file in the place of what was looked at, and of nothing else: a foreign write that comes between
 * look and rename is seen, and one that hits the old file in the moment of the rename is read from the old file.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf } from '../durable/failure.js';
import { writeDurably } from '../durable/write.js';
import { lookInto } from './foreign.js';
import { textOf } from './read-text.js';
import { hashAt, STEP_MS, stampOf } from './stamps.js';
/** False: there is something else by now. Found: what another program wrote at the last moment. */
export async function replaceTask(paths, id, { text, seen, yields, whatever = false }) {
    const old = new OldFile(paths.task(id));
    try {
        const guard = () => old.hash() === seen || whatever;
        if (!(await writeDurably(paths.task(id), text, { guard, nameLater: yields })))
            return false;
        if (old.hash() === seen)
            return { found: undefined };
        const late = await lookInto(id, () => old.read());
        if (late.found?.kind === 'ended' && yields)
            await writeDurably(paths.task(id), late.text ?? text);
        return late.found?.kind === 'ended' && !yields ? { found: undefined } : { found: late.found };
    }
    finally {
        old.close();
    }
}
// ---
/**
 * Stays open while another one takes its name. Looked at without giving way, so that nothing of ours comes between look and
 * rename.
 */
class OldFile {
    path;
    #file;
    /** As it was when it was last looked into, and its hash; undefined: it must be looked into again. */
    #stat;
    #hash;
    constructor(path) {
        this.path = path;
    }
    /** Undefined: there was no such file when it was first asked for, or it is no text. Only what has changed is read again. */
    hash() {
        const file = this.#opened();
        if (file === 'none')
            return undefined;
        const stat = fstatSync(file);
        // Not its ctime: that moves with the rename that takes its name.
        if (stat.mtimeMs !== this.#stat?.mtimeMs || stat.size !== this.#stat.size) {
            this.#hash = hashAt(this.path, stat, () => this.read());
            this.#stat = stampOf(stat, STEP_MS) === undefined ? undefined : stat;
        }
        return this.#hash;
    }
    read() {
        const file = this.#opened();
        if (file === 'none')
            return undefined;
        const bytes = Buffer.alloc(fstatSync(file).size);
        const length = readSync(file, bytes, 0, bytes.length, 0);
        return textOf(bytes.subarray(0, length));
    }
    close() {
        if (typeof this.#file === 'number')
            closeSync(this.#file);
    }
    #opened() {
        this.#file ??= this.#open();
        return this.#file;
    }
    #open() {
        try {
            return openSync(this.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
        }
        catch (error) {
            if (codeOf(error) === 'ENOENT')
                return 'none';
            throw error;
        }
    }
}
//# sourceMappingURL=replace.js.map