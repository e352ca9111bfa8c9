/**
 * The sandbox of Linux: bubblewrap with namespaces of its own for everything, no capability, a system call filter and
 * limits. It ends with the worker, and every process in it ends with it.
 */
import { realpath } from 'node:fs/promises';
import { RookeryError, sentenceOf } from '../../domain/errors.js';
import { isBeneath } from '../workspace.js';
import { createControlGroup } from './cgroup.js';
import { FILTER_FD, inside, outside } from './launch.js';
import { mounts, PRIVATE_HOME } from './mounts.js';
import { openNetwork } from './network.js';
import { protect } from './protect.js';
import { listeningSockets } from './sockets.js';
export function createBubblewrap(bubblewrap, options) {
    return { command: (request) => confine(request, bubblewrap, options) };
}
// ---
const FIXED_ARGS = [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent', '--new-session'],
    ...['--cap-drop', 'ALL', '--hostname', 'sandbox', '--seccomp', String(FILTER_FD)],
];
async function confine(request, bubblewrap, options) {
    const made = {};
    try {
        const { workspace, cwd } = await places(request);
        const isHome = (await realpath(options.home).catch(() => '')) === workspace;
        made.protection = await protect(workspace, isHome);
        made.group = await createControlGroup();
        if (request.hosts?.length)
            made.network = await openNetwork(request.hosts);
        const { fixed } = made.protection;
        const view = { ...options, workspace, fixed, sockets: await listeningSockets(), path: request.env.PATH ?? '' };
        const { plain, set } = environment(request.env, made.network?.env ?? {});
        const command = inside(request.argv, { bridge: made.network?.bridge, perNamespace: bubblewrap.perNamespace });
        const args = [
            ...FIXED_ARGS,
            ...set,
            ...(await mounts(view)),
            ...(made.network?.mounts ?? []),
            '--chdir',
            cwd,
            '--',
        ];
        return {
            argv: outside({ doors: made.group.doors, ...bubblewrap, bubblewrap: [bubblewrap.program, ...args, ...command] }),
            env: plain,
            isAround: true,
            release: () => release(made),
        };
    }
    catch (error) {
        await release(made);
        throw error;
    }
}
async function release({ protection, group, network }) {
    const hits = (await group?.hits()) ?? [];
    await Promise.all([network?.close(), protection?.release(), group?.remove()]);
    return [...hits, ...(network?.refused() ?? [])];
}
async function places({ workspace, cwd }) {
    try {
        const real = { workspace: await realpath(workspace), cwd: await realpath(cwd) };
        if (isBeneath(real.workspace, real.cwd))
            return real;
    }
    catch (error) {
        throw new RookeryError('environment', `The workspace cannot be entered: ${sentenceOf(error)}.`);
    }
    throw new RookeryError('environment', `The directory ${cwd} is not in the workspace.`);
}
/** These would already act on what is started outside, in front of the sandbox. */
const LOADER = /^(LD_|DYLD_|GLIBC_|GCONV_|MALLOC_|BASH|ENV$|SHELLOPTS$|PS4$|LOCPATH$|NLSPATH$|IFS$)/;
function environment(given, network) {
    const own = { HOME: PRIVATE_HOME, TMPDIR: '/tmp', ...network };
    const plain = {};
    const set = [];
    for (const [name, value] of Object.entries({ ...given, ...own })) {
        if (value === undefined)
            continue;
        if (LOADER.test(name))
            set.push('--setenv', name, value);
        else
            plain[name] = value;
    }
    return { plain, set };
}
//# sourceMappingURL=bubblewrap.js.map