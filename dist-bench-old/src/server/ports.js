/**
 * Picks the four ports that a server gets: wished ones where they are free, others where not.
 * A port is only free until somebody takes it; who uses the answer must be ready to ask again.
 */
import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
const HOST = '127.0.0.1';
/**
 * Not from the ports that the system gives to outgoing connections: while the server is down, one of those (even its own
 * worker's, which tries to come back) could take its port, and the server would come back elsewhere.
 */
const LOWEST = 10_240;
const BELOW = 32_768;
const NAMES = ['frontend', 'ui', 'http', 'metrics'];
/** The first wish that can be granted wins, port by port. */
export async function choosePorts(wishes) {
    const chosen = {};
    for (const name of NAMES) {
        const candidates = wishes.map((wish) => wish[name]).filter((port) => port !== undefined);
        chosen[name] = await firstFree(candidates, Object.values(chosen));
    }
    return chosen;
}
/** Whether somebody listens there. */
export function accepts(port) {
    return new Promise((resolve) => {
        const socket = connect({ port, host: HOST });
        const answer = (accepted) => {
            socket.destroy();
            resolve(accepted);
        };
        socket.once('connect', () => answer(true));
        socket.once('error', () => answer(false));
    });
}
/** Whether it can be listened on. */
export function isFree(port) {
    return new Promise((resolve) => {
        const probe = createServer();
        probe.once('error', () => resolve(false));
        probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve(true)));
    });
}
async function firstFree(candidates, taken) {
    for (const port of candidates) {
        if (!taken.includes(port) && (await isFree(port)))
            return port;
    }
    for (;;) {
        const port = randomInt(LOWEST, BELOW);
        if (!taken.includes(port) && (await isFree(port)))
            return port;
    }
}
//# sourceMappingURL=ports.js.map