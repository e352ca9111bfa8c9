/**
 * Reads task files as RavenClaws' loader takes them. A file that it would skip is reported by name and reason, and kept.
 * Writes nothing.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { sentenceOf } from '../domain/errors.js';
import { codeOf, workdirError } from '../durable/failure.js';
import { readText, readTextSync } from './read-text.js';
import { parseTask } from './task-file.js';
export async function readTask(paths, id) {
    return (await readTaskText(paths, id)).read;
}
/** As `readTask`, with the text itself, where it could be read at all. */
export async function readTaskText(paths, id) {
    return readTaskFile(paths.task(id), id);
}
/** A worker that looks through its files does other things meanwhile; this many take a millisecond or two. */
export const AT_A_TIME = 32;
/** Every task of the directory, newest first, and every file that is none. */
export async function listTasks(paths) {
    const tasks = [];
    const errors = [];
    for (const [n, name] of (await namesIn(paths.tasks)).entries()) {
        if (n % AT_A_TIME === AT_A_TIME - 1)
            await others();
        const file = join(paths.tasks, name);
        const read = readTaskSync(file, name);
        if (read.kind === 'task')
            tasks.push(read.task);
        if (read.kind === 'broken')
            errors.push({ file, reason: read.reason });
    }
    return { tasks: newestFirst(tasks), errors };
}
/** In place. */
export function newestFirst(tasks) {
    return tasks.sort((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0));
}
/** Of one file of the tasks directory, without giving way. */
export function readTaskSync(path, name) {
    try {
        return parsed(readTextSync(path), name.slice(0, -'.json'.length)).read;
    }
    catch (error) {
        return { kind: 'broken', reason: sentenceOf(error) };
    }
}
/** The names of all files that may hold a task. */
export async function namesIn(directory) {
    try {
        return (await readdir(directory)).filter((name) => name.endsWith('.json') && name.length > '.json'.length);
    }
    catch (error) {
        if (codeOf(error) === 'ENOENT')
            return [];
        throw workdirError('list', directory, error);
    }
}
/** The ids of the directory that start with the prefix, also of broken files. */
export async function idsWith(paths, prefix) {
    return (await namesIn(paths.tasks))
        .map((name) => name.slice(0, -'.json'.length))
        .filter((id) => id.startsWith(prefix));
}
/** What a text says; undefined: there is none. */
export function parsed(text, id) {
    if (text === undefined)
        return { read: { kind: 'absent' } };
    try {
        return { text, read: { kind: 'task', ...parseTask(text, id) } };
    }
    catch (error) {
        return { text, read: { kind: 'broken', reason: sentenceOf(error) } };
    }
}
// ---
async function readTaskFile(path, id) {
    try {
        return parsed(await readText(path), id);
    }
    catch (error) {
        return { read: { kind: 'broken', reason: sentenceOf(error) } };
    }
}
//# sourceMappingURL=reader.js.map