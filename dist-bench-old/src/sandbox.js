/** Which OS sandbox confines commands on this host: asked by the plugin, which uses it, and by `doctor`, which tells. */
import { homedir } from 'node:os';
import { findSandbox } from './tools/sandbox/find.js';
/** The work directory is hidden from every command, also where it lies in a workspace. `off`: the settings want none. */
export async function sandboxFor(paths, setting) {
    if (setting === 'off')
        return { kind: 'absent', why: 'security.sandbox is off', fix: 'Set it to "auto"' };
    return findSandbox({ hidden: [paths.workdir], home: homedir() });
}
//# sourceMappingURL=sandbox.js.map