/**
 * The note about the server of one work directory: which process, on which ports.
 * It outlives the server: its ports are wished for again, so that a live worker reconnects by itself.
 */
import { readFile } from 'node:fs/promises';
import { ignoring } from '../durable/failure.js';
import { isAlive } from '../durable/process.js';
import { writeDurably } from '../durable/write.js';
/** An unreadable note counts as none: then only the wish for its ports is lost. */
export async function readState(files) {
    const text = await readFile(files.state, 'utf8').catch(ignoring('ENOENT', 'ENOTDIR'));
    try {
        const note = text === undefined ? undefined : JSON.parse(text);
        return isState(note) ? note : undefined;
    }
    catch {
        return undefined;
    }
}
export async function writeState(files, state) {
    await writeDurably(files.state, `${JSON.stringify(state, null, 2)}\n`);
}
export async function liveState(files) {
    const state = await readState(files);
    return state && isAlive(state) ? state : undefined;
}
// ---
/** By hand: every command reads this note, and a library of schemas costs each of them as much as all of its own work. */
function isState(note) {
    const { pid, started, address, uiUrl, version, ports } = Object(note);
    const { frontend, ui, http, metrics } = Object(ports);
    return (Number.isInteger(pid) &&
        Number(pid) > 0 &&
        [started, address, uiUrl, version].every((text) => typeof text === 'string') &&
        [frontend, ui, http, metrics].every((port) => Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536));
}
//# sourceMappingURL=state.js.map