/**
 * The embedded Temporal server of one work directory: started once, found again, stopped.
 * Never two on one database, and never a server whose promises (ports, privacy, durability) were not checked.
 */
import { existsSync } from 'node:fs';
import { RookeryError } from '../domain/errors.js';
import { withLock } from '../durable/lock.js';
import { makeDirectory } from '../durable/write.js';
import { answers } from './client.js';
import { prepareDatabase, recordWriter } from './database.js';
import { serverFiles } from './files.js';
import { rotateLogs } from './logs.js';
import { endOrphan } from './orphan.js';
import { startProcess } from './starting.js';
import { liveState, writeState } from './state.js';
import { terminate } from './termination.js';
const ANSWER_WITHIN_MS = 3_000;
const THAW_WITHIN_MS = 5_000;
/** Longer than a start with all its tries: a second starter waits for the first one's server. */
const LOCK_WAIT_MS = 120_000;
/** The server of the work directory; starts it if none runs. */
export async function startServer(options) {
    const files = serverFiles(options.workdir);
    await makeDirectory(files.directory);
    await makeDirectory(files.logs);
    return withLock(files.lock, () => present(files).then((server) => server ?? startNew(files, options)), LOCK_WAIT_MS);
}
/** Only a server that lives and answers. */
export async function runningServer(workdir) {
    const state = await liveState(serverFiles(workdir));
    return state && (await answers(state.address, ANSWER_WITHIN_MS)) ? publicPart(state) : undefined;
}
/** True if there was one to stop. */
export async function stopServer(workdir) {
    const files = serverFiles(workdir);
    if (!existsSync(files.directory))
        return false;
    return withLock(files.lock, () => stop(files), LOCK_WAIT_MS);
}
async function stop(files) {
    const state = await liveState(files);
    if (state)
        await terminate(state);
    return (await endOrphan(files)) || state !== undefined;
}
/** A frozen server still owns the database: to start a second one beside it would be worse than to say so. */
async function present(files) {
    const state = await liveState(files);
    if (!state)
        return undefined;
    if (await answers(state.address, THAW_WITHIN_MS))
        return publicPart(state);
    const message = `The Temporal server of ${files.workdir} (process ${state.pid}) is alive but does not answer at ${state.address}.`;
    throw new RookeryError('no_server', message, {
        hint: 'Wait for it, or stop it with `rookery down`, then try again.',
    });
}
async function startNew(files, options) {
    const { cli, announce } = options;
    await endOrphan(files);
    await rotateLogs(files.logs);
    await prepareDatabase({ files, version: cli.version, announce });
    const state = await startProcess(files, options);
    await recordWriter(files, cli.version);
    await writeState(files, state);
    announce(`Temporal server ${cli.version} at ${state.address}, Web UI ${state.uiUrl}, data in ${files.directory}`);
    return publicPart(state);
}
function publicPart({ address, uiUrl, pid, version }) {
    return { address, uiUrl, namespace: 'default', pid, version };
}
//# sourceMappingURL=embedded.js.map