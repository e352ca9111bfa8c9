import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../durable/failure.js';
import { pinDirectory } from './workspace.js';
const MAX_NAMES = 20_000;
const NOT_ENTERED = new Set(['.git', 'node_modules']);
export async function* walk({ place, recursive, signal }) {
    const waiting = [{ real: place.real, shown: place.shown === '.' ? '' : place.shown }];
    for (let at = 0; at < waiting.length; at++) {
        const directory = waiting[at];
        if (!directory)
            return;
        const pinned = await pin(directory, at === 0);
        if (!pinned)
            continue;
        try {
            for (const name of await namesIn(pinned.path)) {
                signal.throwIfAborted();
                const openPath = join(pinned.path, name);
                const stats = await lstat(openPath).catch(ignoring('ENOENT'));
                if (!stats)
                    continue;
                const entry = { real: join(directory.real, name), shown: join(directory.shown, name), openPath, stats };
                yield entry;
                const enter = recursive && stats.isDirectory() && !NOT_ENTERED.has(name) && waiting.length < MAX_NAMES;
                if (enter)
                    waiting.push(entry);
            }
        }
        finally {
            await pinned.close();
        }
    }
}
/** A line break in a name would forge an entry of its own. */
export function visibleName(name) {
    return name.replace(/[\x00-\x1f\x7f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
/** A directory below that vanished or may not be read is left out; the one that was asked for is not. */
async function pin({ real }, first) {
    try {
        return await pinDirectory(real);
    }
    catch (error) {
        if (first)
            throw error;
        return undefined;
    }
}
async function namesIn(path) {
    const names = [];
    for await (const entry of await opendir(path)) {
        if (names.push(entry.name) >= MAX_NAMES)
            break;
    }
    return names.sort();
}
//# sourceMappingURL=walk.js.map