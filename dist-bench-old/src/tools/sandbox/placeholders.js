/**
 * Stand-ins for protected files that do not exist: an empty directory, which git and most tools pass over. Counted,
 * because several commands can run in one workspace and a mount is gone when what it lies on is removed.
 * Made and taken away in one step with the count: else a command that begins between the last count and the removal
 * finds the old stand-in, and has nothing to mount on a moment later.
 * Never removes anything that has a content.
 */
import { mkdirSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
/** An empty directory as `commondir` would break git; this says what git assumes without the file. */
const COMMON = '.\n';
/** Of a command that runs now or ended since it was found, or left by a worker that was killed. */
export async function isPlaceholder({ path, kind }, found) {
    if (held.has(path))
        return true;
    if (kind === 'common')
        return found.size === COMMON.length && (await readFile(path, 'utf8').catch(whenGone(COMMON, ''))) === COMMON;
    return kind === 'file' && found.isDirectory() && (await readdir(path).catch(whenGone([], ['?']))).length === 0;
}
/** False: nothing can be put there. */
export function hold({ path, kind }) {
    const count = held.get(path)?.count ?? 0;
    held.set(path, { count: count + 1, kind });
    if (count > 0)
        return true;
    try {
        if (kind === 'common')
            writeFileSync(path, COMMON, { mode: 0o644, flag: 'wx' });
        else
            mkdirSync(path, 0o755);
        return true;
    }
    catch (error) {
        if (error.code === 'EEXIST')
            return true;
        held.delete(path);
        return false;
    }
}
export function letGo(path) {
    const holding = held.get(path);
    if (holding === undefined)
        return;
    if (holding.count > 1) {
        holding.count -= 1;
        return;
    }
    held.delete(path);
    try {
        if (holding.kind === 'common')
            unlinkSync(path);
        else
            rmdirSync(path);
    }
    catch {
        // A command filled or removed it: then it is the workspace's own.
    }
}
// ---
/** What to take for a content that cannot be read: one thing if it is gone, another if it is there. */
const whenGone = (gone, unreadable) => (error) => error.code === 'ENOENT' ? gone : unreadable;
const held = new Map();
//# sourceMappingURL=placeholders.js.map