/** Tells whether a file is another one than before, without reading it: what others write by a rename is. */
import { statSync } from 'node:fs';
import { codeOf } from './failure.js';
/** Equal for as long as the file is the same; of one that cannot be looked at the code says why. */
export function versionOf(file) {
    try {
        // Where none is, which is usual, an error would cost more than the look.
        const found = statSync(file, { throwIfNoEntry: false });
        return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : 'ENOENT';
    }
    catch (error) {
        return codeOf(error) ?? 'unreadable';
    }
}
//# sourceMappingURL=version.js.map