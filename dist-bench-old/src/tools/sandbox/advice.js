/** What a person can do when bubblewrap does not work on a host, by what it said and how the host is set. Linux only. */
import { readFile, stat } from 'node:fs/promises';
export async function adviceFor(reason) {
    if (!/namespace|uid map|clone|permitted|denied|RTM_NEWADDR|mount/i.test(reason))
        return 'Try `bwrap --ro-bind / / true` by hand';
    if ((await isContainer()) === true) {
        return ('This is a container without user namespaces: the container is the boundary, so allow commands with --allow shell; ' +
            'or start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined');
    }
    for (const [name, value, advice] of SWITCHES) {
        if ((await readFile(`/proc/sys/${name}`, 'utf8').catch(() => '')).trim() === value)
            return advice;
    }
    return 'Allow unprivileged user namespaces on this host';
}
// ---
const SWITCHES = [
    ['kernel/unprivileged_userns_clone', '0', 'sysctl -w kernel.unprivileged_userns_clone=1'],
    ['user/max_user_namespaces', '0', 'sysctl -w user.max_user_namespaces=15000'],
    [
        'kernel/apparmor_restrict_unprivileged_userns',
        '1',
        'Give bwrap its AppArmor profile (apt install apparmor-profiles, then enable bwrap-userns-restrict), or ' +
            'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    ],
];
async function isContainer() {
    const marks = ['/.dockerenv', '/run/.containerenv'];
    const found = await Promise.all(marks.map((path) => stat(path).catch(() => undefined)));
    return found.some((one) => one !== undefined);
}
//# sourceMappingURL=advice.js.map