/**
 * What a table shows of each task. A file that has not changed since it was last read, by its stamps, is not read again:
 * what was found in it is remembered beside the files. Losing that costs time, never truth.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { firstLine } from '../domain/id.js';
import { replaceText } from '../durable/write.js';
import { AT_A_TIME, namesIn, newestFirst, readTaskSync } from './reader.js';
import { stampOf } from './stamps.js';
export function headOf({ id, prompt, status, created_at, iterations }) {
    return { id, prompt: firstLine(prompt), status, created_at, iterations };
}
/** As `listTasks`. */
export async function listHeads(paths) {
    const known = recall(paths.heads);
    const fresh = {};
    const tasks = [];
    const errors = [];
    let changed = false;
    for (const [n, name] of (await namesIn(paths.tasks)).entries()) {
        if (n % AT_A_TIME === AT_A_TIME - 1)
            await others();
        const file = join(paths.tasks, name);
        const stamp = stampAt(file);
        const remembered = known[name];
        if (stamp !== undefined && remembered?.stamp === stamp) {
            fresh[name] = remembered;
            tasks.push(remembered.head);
            continue;
        }
        const read = readTaskSync(file, name);
        if (read.kind === 'broken')
            errors.push({ file, reason: read.reason });
        if (read.kind !== 'task')
            continue;
        const head = headOf(read.task);
        tasks.push(head);
        // Looked at again behind the reading: what changed in between must not be remembered as what was read.
        if (stamp === undefined || stampAt(file) !== stamp)
            continue;
        fresh[name] = { stamp, head };
        changed = true;
    }
    if (changed)
        await remember(paths.heads, fresh);
    return { tasks: newestFirst(tasks), errors };
}
const STEP_MS = 1_000;
/** Undefined: it is no file, or too new to be remembered. */
function stampAt(path) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found?.isFile() ? stampOf(found, STEP_MS) : undefined;
}
function recall(path) {
    try {
        return Object.assign(Object.create(null), JSON.parse(readFileSync(path, 'utf8')));
    }
    catch {
        return {};
    }
}
/** Where nothing of ours lies yet, nothing is left behind: the directory may be another program's. */
async function remember(path, heads) {
    // The next list reads the files again.
    await replaceText(path, JSON.stringify(heads), { sync: false }).catch(() => undefined);
}
//# sourceMappingURL=heads.js.map