import { hashOf } from './order.js';
/** More than the clock of any file system that we know moves at a time. */
export const STEP_MS = 20;
/**
 * Undefined: it is so new that another write could leave the same stamp, because the clock of a file system moves in steps
 * of `stepMs`.
 */
export function stampOf({ ino, size, mtimeMs, ctimeMs }, stepMs) {
    return Date.now() - Math.max(mtimeMs, ctimeMs) < stepMs ? undefined : `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
/** SHA-256 of the text at the path; read only when its stamp is another than before. Undefined: it is no text. */
export function hashAt(path, stat, read) {
    const stamp = stampOf(stat, STEP_MS);
    const before = known.get(path);
    if (before && before.stamp === stamp)
        return before.hash;
    const text = read();
    const hash = text === undefined ? undefined : hashOf(text);
    known.delete(path);
    if (stamp !== undefined && hash !== undefined)
        known.set(path, { stamp, hash });
    for (const oldest of known.keys()) {
        if (known.size <= REMEMBERED)
            break;
        known.delete(oldest);
    }
    return hash;
}
// ---
const REMEMBERED = 1_000;
const known = new Map();
//# sourceMappingURL=stamps.js.map