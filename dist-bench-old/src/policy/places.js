/**
 * Where a path of a call leads, by its words alone: no file is looked at here, the tools resolve symlinks themselves.
 * Pure.
 */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { foldName, isProtected } from '../domain/protected.js';
export function placeOf(workspace, path) {
    const absolute = resolve(workspace, path);
    const way = relative(resolve(workspace), absolute);
    const outside = way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
    return { absolute, inside: outside ? undefined : way || '.' };
}
/** A write there is refused. What leads to the workspace itself does not count. */
export function isProtectedPlace({ absolute, inside }) {
    return isProtected(inside ?? absolute);
}
/** Who asks often asks once for the check: folding names is most of its cost. */
export function ownedBy(own, workspace) {
    const here = folded(workspace);
    const directories = own.map(folded).map((path) => ({ path, holdsHere: path !== here && liesIn(here, path) }));
    return ({ absolute, inside }) => {
        const at = folded(absolute);
        // One that holds the whole workspace does not claim what is in the workspace.
        return directories.some(({ path, holdsHere }) => liesIn(at, path) && !(holdsHere && inside !== undefined));
    };
}
// ---
function liesIn(path, directory) {
    return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}
function folded(path) {
    return resolve(path).split('/').map(foldName).join('/');
}
//# sourceMappingURL=places.js.map