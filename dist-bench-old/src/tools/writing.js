/**
 * The wall around tools that write, higher than the one for reading: what runs later is not written at all. A file is
 * replaced by a rename within its directory, so whatever else its old bytes are called keeps them.
 */
import { lstat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { isProtected } from '../domain/protected.js';
import { ignoring } from '../durable/failure.js';
import { writeDurably } from '../durable/write.js';
import { quoted, Refusal } from './outcome.js';
import { pinParent, reach } from './workspace.js';
/** For the model, of every tool that writes. */
export const WRITE_REFUSALS = 'Refused are credential files and what other programs run later: .git, .vscode, shell start files and the like.';
/** As `reach`, for a file that is to be written. By the name that was given and by the one it leads to. */
export async function reachToWrite(path, context) {
    const place = await reach(context, path);
    if (isProtected(place.shown) || isProtected(relative(place.root, place.real))) {
        throw new Refusal(`${quoted(path)} is protected: what is written there runs later. It cannot be changed.`);
    }
    if (path.endsWith('/'))
        throw new Refusal(`${quoted(path)} names a directory; give the path of a file.`);
    return place;
}
/** `guard` is asked right before the rename, with a path that leads to the file; its no drops the write: false. */
export async function replaceFile(place, content, guard) {
    return inParent(place, async (path) => {
        const found = await lstat(path).catch(ignoring('ENOENT'));
        if (found?.isDirectory())
            throw new Refusal(`${quoted(place.shown)} is a directory; give the path of a file.`);
        if (found && !found.isFile())
            throw new Refusal(`${quoted(place.shown)} is not a regular file.`);
        const mode = found ? { exactMode: found.mode & 0o777 } : { mode: 0o666 };
        return writeDurably(path, content, { ...mode, ...(guard ? { guard: () => guard(path) } : {}) });
    });
}
/** The path goes through the directory that is held open. Missing directories are made. */
export async function inParent(place, act) {
    if (place.real === place.root)
        throw new Refusal('The workspace itself is a directory; give the path of a file.');
    const parent = await pinParent(place);
    try {
        return await act(join(parent.path, basename(place.real)));
    }
    finally {
        await parent.close();
    }
}
//# sourceMappingURL=writing.js.map