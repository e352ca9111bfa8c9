/** Tells whether a file is another one than before, without reading it: what others write by a rename is. */
import { statSync } from 'node:fs';
import { codeOf } from './failure.js';
/** Equal for as long as the file is the same; of one that cannot be looked at the code says why. */
export function versionOf(file) {
    try {
        const { mtimeMs, size, ino } = statSync(file);
        return `${mtimeMs} ${size} ${ino}`;
    }
    catch (error) {
        return codeOf(error) ?? 'unreadable';
    }
}
//# sourceMappingURL=version.js.map