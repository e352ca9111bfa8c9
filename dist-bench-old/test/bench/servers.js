/** A fresh Temporal server in a directory of its own: with our flags, or with those that a user gets who gives none. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { serverFiles } from '../../src/server/files.js';
import { readState } from '../../src/server/state.js';
import { startPlainServer } from '../support/bare-server.js';
import { startOwnServer } from '../support/own-server.js';
export async function startServer(flags, directory) {
    await mkdir(directory, { recursive: true });
    if (flags === 'defaults')
        return startPlainServer({ database: join(directory, 'default.db') });
    const server = await startOwnServer({ workdir: directory });
    const state = await readState(serverFiles(directory));
    return { ...server, metricsUrl: `http://127.0.0.1:${state?.ports.metrics}/metrics` };
}
//# sourceMappingURL=servers.js.map