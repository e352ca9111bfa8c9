/**
 * Finds what can confine commands on this host. It believes no version number alone: it runs a command inside and looks
 * whether that is really confined. What does not hold is absent, with the reason and what to do.
 */
import { createBubblewrap } from './bubblewrap.js';
import { findBubblewrap } from './find-bubblewrap.js';
import { isolation } from './isolation.js';
import { createSeatbelt, findSeatbelt } from './seatbelt.js';
/** The look is made once for the process; each call makes a sandbox of its own. */
export async function findSandbox(options) {
    probed ??= look();
    const found = await probed;
    if (found.kind === 'absent')
        return found;
    const { name, version } = found;
    return { kind: 'available', name, version, sandbox: found.make(options) };
}
let probed;
async function look() {
    const candidate = await onThisSystem();
    if (candidate.kind === 'absent')
        return candidate;
    const wrong = await isolation(candidate.make, process.platform === 'linux');
    return wrong === undefined ? candidate : { kind: 'absent', ...wrong };
}
async function onThisSystem() {
    if (process.platform === 'linux') {
        const found = await findBubblewrap();
        if (found.kind === 'absent')
            return found;
        const make = (options) => createBubblewrap(found.bubblewrap, options);
        return { kind: 'usable', name: 'bubblewrap', version: found.version, make };
    }
    if (process.platform === 'darwin') {
        const found = await findSeatbelt();
        return found.kind === 'absent'
            ? found
            : { kind: 'usable', name: 'sandbox-exec', version: found.version, make: createSeatbelt };
    }
    const why = `there is none for ${process.platform}`;
    return { kind: 'absent', why, fix: 'Run the worker on Linux or macOS, in WSL 2 or in a container' };
}
//# sourceMappingURL=find.js.map