/**
 * A lock between processes: a file that holds who has it. The lock of a dead process is taken over, by one taker only.
 * Not for long work: a waiter gives up after 10 s.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError } from '../domain/errors.js';
import { codeOf, workdirError } from './failure.js';
import { isAlive, ownIdentity } from './process.js';
import { temporaryName } from './write.js';
const WAIT_MS = 10_000;
/** `path` is the lock file itself; its directory must exist. What `fn` throws comes out as it is. */
export async function withLock(path, fn, waitMs = WAIT_MS) {
    const deadline = performance.now() + waitMs;
    const leave = await queueHere(path, deadline);
    try {
        const ticket = await acquire(path, deadline);
        try {
            return await fn();
        }
        finally {
            release(path, ticket);
        }
    }
    finally {
        leave();
    }
}
const queues = new Map();
/** Within this process waiters stand in line: fair, and without touching the disk. */
async function queueHere(path, deadline) {
    const before = queues.get(path) ?? Promise.resolve();
    let done = () => undefined;
    const mine = new Promise((resolve) => {
        done = resolve;
    });
    const tail = before.then(() => mine);
    queues.set(path, tail);
    const leave = () => {
        done();
        // Whoever queued meanwhile has replaced the tail; only the last one clears the entry.
        if (queues.get(path) === tail)
            queues.delete(path);
    };
    if (await inTime(before, deadline))
        return leave;
    void before.then(leave);
    throw busy(path);
}
async function inTime(turn, deadline) {
    const stop = new AbortController();
    const timer = pause(Math.max(0, deadline - performance.now()), false, { signal: stop.signal }).catch(() => false);
    const came = await Promise.race([turn.then(() => true), timer]);
    stop.abort();
    return came;
}
async function acquire(path, deadline) {
    const ticket = randomUUID();
    while (!take(path, ticket)) {
        const holder = readHolder(path);
        if (holder === 'gone')
            continue;
        if (holder === 'unreadable' || !isAlive(holder))
            await evict(path, holder, deadline);
        else if (performance.now() > deadline)
            throw busy(path, holder);
        else
            await pause(2 + Math.random() * 10);
    }
    return ticket;
}
/** Linked into place whole, so that nobody ever reads half of a holder. */
function take(path, ticket) {
    const temp = temporaryName(path);
    try {
        writeFileSync(temp, JSON.stringify({ ...ownIdentity(), ticket }), { flag: 'wx', mode: 0o600 });
        linkSync(temp, path);
        return true;
    }
    catch (error) {
        if (codeOf(error) === 'EEXIST')
            return false;
        throw workdirError('lock', path, error);
    }
    finally {
        rmSync(temp, { force: true });
    }
}
/**
 * Only who holds the lock beside the lock may remove it, after looking again. Without that, two takers that saw the
 * same dead holder would both get in: the second removes the fresh lock of the first.
 */
async function evict(path, dead, deadline) {
    const right = `${path}.evict`;
    const ticket = await acquire(right, deadline);
    try {
        if (ticketOf(readHolder(path)) === ticketOf(dead))
            remove(path);
    }
    finally {
        release(right, ticket);
    }
}
function release(path, ticket) {
    if (ticketOf(readHolder(path)) === ticket)
        remove(path);
}
function remove(path) {
    try {
        unlinkSync(path);
    }
    catch (error) {
        if (codeOf(error) !== 'ENOENT')
            throw workdirError('unlock', path, error);
    }
}
function readHolder(path) {
    let text;
    try {
        text = readFileSync(path, 'utf8');
    }
    catch (error) {
        if (codeOf(error) === 'ENOENT')
            return 'gone';
        throw workdirError('lock', path, error);
    }
    try {
        const { pid, started, ticket } = JSON.parse(text);
        // A power cut can leave an empty lock; its holder is dead in any case.
        return Number.isInteger(pid) && typeof ticket === 'string' ? { pid, started, ticket } : 'unreadable';
    }
    catch {
        return 'unreadable';
    }
}
function ticketOf(holder) {
    return typeof holder === 'string' ? `(${holder})` : holder.ticket;
}
function busy(path, holder) {
    const who = holder ? `process ${holder.pid}` : 'this process';
    return new RookeryError('workdir', `Cannot lock ${path}: ${who} has held it too long.`, {
        hint: 'Try again; if it stays, end that process.',
    });
}
//# sourceMappingURL=lock.js.map