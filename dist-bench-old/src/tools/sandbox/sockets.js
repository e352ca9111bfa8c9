/**
 * Sockets of this host's programs that lie where a command could see them: a read-only mount does not keep anybody from
 * connecting. Those in hidden places need no mask; those that are made later stay reachable where they are visible.
 */
import { lstat, readFile } from 'node:fs/promises';
/** Absolute real paths. Empty where the kernel does not tell. */
export async function listeningSockets() {
    const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
    // The path is the eighth column and may hold blanks; an abstract name begins with @ and is held by its namespace.
    const paths = table.split('\n').flatMap((line) => /^(?:\S+\s+){7}(\/.*)$/.exec(line)?.[1] ?? []);
    const sockets = [];
    for (const path of new Set(paths))
        if (await isSocket(path))
            sockets.push(path);
    return sockets;
}
// ---
async function isSocket(path) {
    return lstat(path).then((stats) => stats.isSocket(), () => false);
}
//# sourceMappingURL=sockets.js.map