/**
 * From nothing to a server that serves and keeps its promises, or one sentence why not.
 * Leaves no process behind when it fails.
 */
import { open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { ignoring } from '../durable/failure.js';
import { processIdentity } from '../durable/process.js';
import { answers, keepFinishedTasks } from './client.js';
import { usesWriteAheadLog } from './database.js';
import { serverEnvironment } from './environment.js';
import { accepts, choosePorts, isFree } from './ports.js';
import { launch } from './start-dev.js';
import { readState } from './state.js';
import { terminate } from './termination.js';
const USUAL_PORT = 7233;
const USUAL_UI_PORT = 8233;
const SERVING_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 25;
const LETTING_GO_MS = 2_000;
const TRIES = 3;
const TOLD_OF_LOG = 400;
const ADDRESS_TAKEN = /address already in use/;
/** Between the choice of a port and its use somebody else may take it: then the choice is made anew. */
export async function startProcess(files, options) {
    const before = await readState(files);
    const usual = { frontend: options.preferredPort ?? USUAL_PORT, ui: options.preferredUiPort ?? USUAL_UI_PORT };
    if (before)
        await letGo(before.ports.frontend);
    for (let left = TRIES;; left--) {
        const ports = await choosePorts(before ? [before.ports, usual] : [usual]);
        try {
            return await startOn(ports, files, options);
        }
        catch (error) {
            if (left <= 1 || !(error instanceof RookeryError) || !ADDRESS_TAKEN.test(error.message))
                throw error;
        }
    }
}
/**
 * A server that was killed a moment ago may hold its port a little longer, and a live worker knows it by that port only.
 * Somebody else's server keeps the port: then it is not waited for longer than that.
 */
async function letGo(port) {
    for (const deadline = Date.now() + LETTING_GO_MS; !(await isFree(port)) && Date.now() < deadline;) {
        await pause(LOOK_EVERY_MS);
    }
}
async function startOn(ports, files, { cli, env }) {
    const logged = (await stat(files.log).catch(ignoring('ENOENT')))?.size ?? 0;
    const process = await launch({ files, cli: cli.path, env: serverEnvironment(env, files.workdir), ports });
    // Loaded while the server starts, which is longer.
    void import('@temporalio/client').catch(() => undefined);
    const identity = process.pid === undefined ? undefined : processIdentity(process.pid);
    const address = `127.0.0.1:${ports.frontend}`;
    try {
        const serving = await Promise.race([serves(ports), process.ended.then(() => false)]);
        if (!serving || !identity)
            throw notServing(await tellingLine(files.log, logged), files);
        await keepFinishedTasks(address);
        if (!(await usesWriteAheadLog(files)))
            throw notDurable(cli);
        process.release();
        return { ...identity, address, uiUrl: `http://127.0.0.1:${ports.ui}`, version: cli.version, ports };
    }
    catch (error) {
        if (identity)
            await terminate(identity);
        throw error instanceof RookeryError ? error : notServing(sentenceOf(error), files);
    }
}
/** The frontend's port alone proves nothing: another server may have taken it, and would answer. Ours opens both. */
async function serves(ports) {
    const deadline = Date.now() + SERVING_WITHIN_MS;
    while (!(await accepts(ports.metrics))) {
        if (Date.now() > deadline)
            return false;
        await pause(LOOK_EVERY_MS);
    }
    return answers(`127.0.0.1:${ports.frontend}`, deadline - Date.now());
}
/** The last one; but a port that was taken ends in a panic, whose last line tells nothing. */
async function tellingLine(log, from) {
    const file = await open(log, 'r');
    try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, from);
        const lines = buffer.toString('utf8', 0, bytesRead).trim().split('\n');
        return lines.find((line) => ADDRESS_TAKEN.test(line)) ?? lines.at(-1) ?? '';
    }
    finally {
        await file.close();
    }
}
function notServing(line, files) {
    const told = line === '' ? 'it said nothing' : line.slice(0, TOLD_OF_LOG);
    return new RookeryError('environment', `The Temporal server did not start: ${told}.`, {
        hint: `Its log is ${files.log}.`,
    });
}
function notDurable({ path, version }) {
    const message = `The Temporal CLI ${version} at ${path} ignored journal_mode=WAL: tasks could be lost in a power cut.`;
    return new RookeryError('environment', message, { hint: 'Use another one: set ROOKERY_TEMPORAL_CLI to its file.' });
}
//# sourceMappingURL=starting.js.map