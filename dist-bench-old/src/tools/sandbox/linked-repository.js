/**
 * The repository of a linked work tree lies outside of it. It is shown read-only, so that git can read there: only when
 * it names the work tree in turn, because a `.git` file that anybody wrote could point at any directory.
 */
import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
/** Real path of the repository. Undefined: the workspace is no linked work tree. */
export async function linkedRepository(workspace) {
    const pointer = await firstLine(join(workspace, '.git'));
    const target = /^gitdir: (.+)$/.exec(pointer ?? '')?.[1];
    if (target === undefined)
        return undefined;
    const own = await realpath(resolve(workspace, target)).catch(() => undefined);
    if (own === undefined || !/\/worktrees\/[^/]+$/.test(own))
        return undefined;
    const back = await firstLine(join(own, 'gitdir'));
    return back === join(workspace, '.git') ? dirname(dirname(own)) : undefined;
}
// ---
async function firstLine(path) {
    return readFile(path, 'utf8').then((text) => text.split('\n', 1)[0], () => undefined);
}
//# sourceMappingURL=linked-repository.js.map