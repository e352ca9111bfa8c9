/** A key in a file: random bytes in hex, which nobody but its owner may read. Knows nothing of what a key is good for. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { codeOf } from './failure.js';
import { makeDirectory, writeDurably } from './write.js';
export const KEY_BYTES = 32;
/** Makes one (0600), with its directory; one that is there meanwhile stays. */
export async function makeKeyFile(path) {
    await makeDirectory(dirname(path));
    await writeDurably(path, randomBytes(KEY_BYTES).toString('hex'), { exclusive: true });
}
/**
 * What the file holds, not decoded; undefined: there is none. Throws RookeryError 'environment', with `name` in its
 * sentence, for one that cannot be read or that others may read: then it proves nothing.
 */
export function readKeyFile(path, name) {
    try {
        if ((statSync(path).mode & 0o077) !== 0)
            throw new RookeryError('environment', `The ${name} ${path} can be read by others`, {
                hint: `Run: chmod 600 ${path}`,
            });
        return readFileSync(path, 'utf8').trim();
    }
    catch (error) {
        if (codeOf(error) === 'ENOENT')
            return undefined;
        if (error instanceof RookeryError)
            throw error;
        throw new RookeryError('environment', `The ${name} ${path} cannot be read: ${sentenceOf(error)}`, { cause: error });
    }
}
//# sourceMappingURL=key-file.js.map