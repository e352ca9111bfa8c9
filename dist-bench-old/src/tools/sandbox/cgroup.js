/**
 * A control group of a command's own, where this process may make one: the only bound on all its processes together,
 * and the only one on their number when the worker is root. Never throws: without one the rlimits hold alone.
 */
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processIdentity } from '../../durable/process.js';
import { LIMITS } from './limits.js';
/** `mounted` and `self` are for tests: where the groups are, and what /proc/self/cgroup says. */
export async function createControlGroup(mounted = '/sys/fs/cgroup', self) {
    const text = self ?? (await readFile('/proc/self/cgroup', 'utf8').catch(() => ''));
    const made = [];
    for (const place of placesOf(text, mounted)) {
        const directory = await make(place);
        if (directory !== undefined)
            made.push({ directory, place });
    }
    return {
        doors: made.map(({ directory }) => join(directory, 'cgroup.procs')),
        hits: async () => (await Promise.all(made.map(hitsOf))).flat(),
        async remove() {
            for (const { directory } of made)
                await removeEmpty(directory);
        },
    };
}
const MEMORY = `the memory limit of ${LIMITS.memoryBytes / 2 ** 30} GiB was reached`;
const PROCESSES = `the limit of ${LIMITS.processes} processes was reached`;
function placesOf(text, mounted) {
    const lines = text.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
    return lines.flatMap((match) => {
        const [, controllers = '', path = ''] = match ?? [];
        if (match && controllers === '')
            return [unified(join(mounted, dirname(path)))];
        const names = controllers.split(',');
        if (names.includes('memory'))
            return [memory(join(mounted, 'memory', path))];
        if (names.includes('cpu'))
            return [cpu(join(mounted, 'cpu', path))];
        return names.includes('pids') ? [pids(join(mounted, 'pids', path))] : [];
    });
}
/** Beside our own group, not beneath it: a group of version 2 that has processes shares out nothing. */
function unified(parent) {
    return {
        parent,
        limits: { 'memory.max': LIMITS.memoryBytes, 'pids.max': LIMITS.processes },
        counts: [
            ['memory.events', 'oom_kill', MEMORY],
            ['pids.events', 'max', PROCESSES],
        ],
    };
}
function memory(parent) {
    const limits = { 'memory.limit_in_bytes': LIMITS.memoryBytes };
    return { parent, limits, counts: [['memory.oom_control', 'oom_kill', MEMORY]] };
}
function pids(parent) {
    return { parent, limits: { 'pids.max': LIMITS.processes }, counts: [['pids.events', 'max', PROCESSES]] };
}
/** A thousand processes together get no more than half of what the worker alone gets. Version 2 shares by group anyway. */
function cpu(parent) {
    return { parent, limits: { 'cpu.shares': 512 }, counts: [] };
}
const PREFIX = 'rookery-';
const swept = new Set();
let made = 0;
async function make({ parent, limits }) {
    if (!swept.has(parent))
        await sweep(parent);
    swept.add(parent);
    const directory = join(parent, `${PREFIX}${process.pid}-${++made}`);
    try {
        await mkdir(directory);
        for (const [file, value] of Object.entries(limits))
            await writeFile(join(directory, file), `${value}`, { flag: 'r+' });
        return directory;
    }
    catch {
        await rmdir(directory).catch(() => undefined);
        return undefined;
    }
}
/** Those of workers that were killed. One with processes in it cannot be removed. */
async function sweep(parent) {
    for (const name of await readdir(parent).catch(() => [])) {
        const pid = Number(name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-')[0] : Number.NaN);
        if (pid > 0 && processIdentity(pid) === undefined)
            await rmdir(join(parent, name)).catch(() => undefined);
    }
}
async function hitsOf({ directory, place }) {
    const hits = [];
    for (const [file, key, meaning] of place.counts) {
        const text = await readFile(join(directory, file), 'utf8').catch(() => '');
        const line = text.split('\n').find((one) => one.startsWith(`${key} `));
        if (line !== undefined && Number(line.slice(key.length)) > 0)
            hits.push(meaning);
    }
    return hits;
}
/** A process that was just killed holds its group for a moment. */
async function removeEmpty(directory) {
    for (let wait = 1; wait < 1_000; wait *= 2) {
        const removed = await rmdir(directory).then(() => true, (error) => error.code === 'ENOENT');
        if (removed)
            return;
        await pause(wait);
    }
}
//# sourceMappingURL=cgroup.js.map