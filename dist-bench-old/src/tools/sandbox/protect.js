/**
 * What a command may not change although it lies in the workspace: files by which other programs could be made to run
 * something later. Those that do not exist yet get a placeholder while the command runs, because a mount needs
 * something to be mounted on. Hands back paths; mounts nothing itself.
 */
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { RookeryError } from '../../domain/errors.js';
import { ignoring } from '../../durable/failure.js';
import { guardedPaths } from './guarded.js';
import { hold, isPlaceholder, letGo } from './placeholders.js';
/** Throws a RookeryError for a symlink: a mount would land on its target, and the link could be replaced. */
export async function protect(workspace, isHome) {
    const fixed = [];
    const held = [];
    const release = () => {
        for (const path of held.splice(0))
            letGo(path);
    };
    try {
        for (const guarded of await guardedPaths(workspace, isHome)) {
            const found = lookAt(guarded.path);
            if (found?.isSymbolicLink())
                throw link(guarded.path);
            const ours = found === undefined || (await isPlaceholder(guarded, found));
            // Where we can put nothing, the command cannot either.
            if (ours && !hold(guarded))
                continue;
            if (ours)
                held.push(guarded.path);
            fixed.push(guarded.path);
        }
    }
    catch (error) {
        release();
        throw error;
    }
    return { fixed, release };
}
/**
 * The directories between the workspace and these paths, outermost first. A directory can be renamed with the mounts
 * in it, unless it is a mount itself.
 */
export function pinsOf(workspace, paths) {
    const pins = new Set();
    for (const path of paths) {
        for (let at = dirname(path); at.length > workspace.length && at.startsWith(`${workspace}/`); at = dirname(at))
            pins.add(at);
    }
    return [...pins].sort((one, other) => one.length - other.length);
}
// ---
/** In one step with the question whose it is: another command could take its stand-in away between the two. */
function lookAt(path) {
    try {
        return lstatSync(path);
    }
    catch (error) {
        return ignoring('ENOENT', 'ENOTDIR')(error);
    }
}
function link(path) {
    return new RookeryError('environment', `The sandbox cannot protect ${path}, because it is a symlink.`, {
        hint: 'Replace it by what it leads to.',
    });
}
//# sourceMappingURL=protect.js.map