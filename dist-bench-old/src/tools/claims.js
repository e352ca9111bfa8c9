/**
 * The durable note that an unsafe call has been started, so that it runs at most once whatever dies in between.
 * `<directory>/<task>/<call>` is the claim, `<call>.result` beside it the outcome. A claim without a readable result is
 * `interrupted`: nobody may run that call again. Claims outlive the workflow, because a Reset asks for old calls again.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { lstat, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { codeOf, ignoring, workdirError } from '../durable/failure.js';
import { ownIdentity } from '../durable/process.js';
import { fsync, makeDirectory, syncDirectory, writeDurably } from '../durable/write.js';
export function createClaims(directory, retentionDays = 30) {
    return {
        async claim(task, call, meanwhile) {
            const path = placeOf(directory, task, call);
            return (await note(path, meanwhile)) ? { kind: 'fresh' } : await look(path, call);
        },
        async finish(task, call, observation) {
            const { outcome, content } = observation;
            const text = JSON.stringify({ call, outcome, content });
            await writeDurably(`${placeOf(directory, task, call)}${RESULT}`, text);
        },
        async sweep(olderThanMs = retentionDays * DAY_MS, isLive) {
            const removed = [];
            for (const task of (await readdir(directory).catch(ignoring('ENOENT'))) ?? []) {
                if (!SAFE_NAME.test(task) || (await isLive(task)))
                    continue;
                if (await removeOld(join(directory, task), Date.now() - olderThanMs))
                    removed.push(task);
            }
            return removed;
        },
    };
}
// ---
const DAY_MS = 86_400_000;
const RESULT = '.result';
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const OUTCOMES = new Set(['ok', 'failed', 'refused', 'unknown']);
function placeOf(directory, task, call) {
    // A call named like another call's result would be taken for it.
    if (!SAFE_NAME.test(task) || !SAFE_NAME.test(call) || call.endsWith(RESULT)) {
        const given = JSON.stringify(`${task}/${call}`.slice(0, 200));
        throw new RookeryError('bad_input', `A claim needs a task and a call that are safe file names, got ${given}.`);
    }
    return join(directory, task, call);
}
/** False: somebody has claimed the call before. */
async function note(path, meanwhile) {
    for (let attempt = 1;; attempt++) {
        try {
            // Nearly always there: it is missing before the first call of a task.
            if (attempt > 1)
                await makeDirectory(dirname(path));
            await create(path, meanwhile);
            return true;
        }
        catch (error) {
            const code = codeOf(error instanceof RookeryError ? error.cause : error);
            if (code === 'EEXIST' && (await stats(path)))
                return false;
            // The sweep may remove an empty directory between its making and the first file in it.
            if (code !== 'ENOENT' || attempt === 6)
                throw workdirError('claim a call in', path, error);
        }
    }
}
async function create(path, meanwhile = async () => undefined) {
    const file = openSync(path, 'wx', 0o600);
    try {
        writeFileSync(file, JSON.stringify({ ...ownIdentity(), at: new Date().toISOString() }));
        const besides = meanwhile();
        try {
            await fsync(file);
            await syncDirectory(dirname(path));
        }
        finally {
            await besides;
        }
    }
    catch (error) {
        // Nothing has run yet: without this a full disk would turn into "outcome unknown".
        await rm(path, { force: true }).catch(() => undefined);
        throw error;
    }
    finally {
        closeSync(file);
    }
}
async function look(path, call) {
    const observation = toObservation(await readJson(`${path}${RESULT}`), call);
    if (observation)
        return { kind: 'finished', observation };
    const owner = toIdentity(await readJson(path));
    return owner ? { kind: 'interrupted', owner } : { kind: 'interrupted' };
}
async function readJson(path) {
    try {
        const value = JSON.parse(await readFile(path, 'utf8'));
        return typeof value === 'object' && value !== null ? value : {};
    }
    catch {
        return {};
    }
}
function toObservation(value, call) {
    const { outcome, content } = value;
    if (value.call !== call || typeof content !== 'string')
        return undefined;
    return typeof outcome === 'string' && OUTCOMES.has(outcome)
        ? { call, outcome: outcome, content }
        : undefined;
}
function toIdentity({ pid, started }) {
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
}
/** File by file: a call claimed at this moment keeps its note, and so its directory. */
async function removeOld(directory, before) {
    const files = [];
    let newest = (await stats(directory))?.mtimeMs ?? Number.POSITIVE_INFINITY;
    for (const name of (await readdir(directory).catch(ignoring('ENOENT', 'ENOTDIR'))) ?? []) {
        files.push(join(directory, name));
        newest = Math.max(newest, (await stats(join(directory, name)))?.mtimeMs ?? 0);
    }
    if (newest > before)
        return false;
    for (const file of files)
        await rm(file, { force: true });
    return rmdir(directory).then(() => true, () => false);
}
async function stats(path) {
    return lstat(path).catch(ignoring('ENOENT'));
}
//# sourceMappingURL=claims.js.map