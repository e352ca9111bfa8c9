/**
 * What is spawned for a stdio server: inside the OS sandbox where there is one, else as it is, with a watcher that ends
 * its whole group when the worker dies. Its environment is a short list, never the worker's.
 */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../../durable/write.js';
/** Throws a RookeryError for what cannot be confined. */
export async function prepareLaunch(server, options) {
    const home = join(options.workdir, 'mcp', server.name);
    await makeDirectory(home);
    const cwd = await realpath(server.workspace ?? home);
    const env = environmentFor(server, options.env, home);
    const argv = [server.command, ...server.args];
    if (!isConfined(server, options.sandbox)) {
        return { argv: watching(argv), env, isAround: false, release: async () => [], cwd, watched: true };
    }
    const hosts = server.network ?? [];
    const confined = await options.sandbox.command({ argv, cwd, workspace: cwd, env, hosts });
    const watched = !confined.isAround;
    return { ...confined, argv: watched ? watching(confined.argv) : confined.argv, cwd, watched };
}
// ---
function isConfined(server, sandbox) {
    return sandbox !== undefined && server.sandbox !== 'off';
}
function environmentFor(server, worker, home) {
    const named = (server.env ?? []).map((name) => [name, worker[name]]);
    const all = [
        ['PATH', worker.PATH ?? '/usr/local/bin:/usr/bin:/bin'],
        ['LANG', worker.LANG],
        ['HOME', home],
        ...named,
    ];
    return Object.fromEntries(all.filter((entry) => entry[1] !== undefined));
}
/** `exec` keeps the number: the server leads the group that the watcher ends. */
const WATCHER = `( read -r _ <&3; kill -9 -$$ ) < /dev/null > /dev/null 2>&1 &
exec 3<&-
exec "$@"`;
function watching(argv) {
    return ['/bin/sh', '-c', WATCHER, 'sh', ...argv];
}
//# sourceMappingURL=launch.js.map