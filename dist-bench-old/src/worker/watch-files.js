/**
 * Watches the tasks directory for what other programs write: an end that somebody else gave a task cancels its workflow
 * at once, not only at the next write. Writes nothing.
 */
import { readdirSync, statSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { RIVAL } from '../domain/foreign.js';
import { isSafeId } from '../domain/id.js';
import { withLock } from '../durable/lock.js';
import { makeDirectory } from '../durable/write.js';
import { lookAt, ourHash } from '../mirror/foreign.js';
import { readOrder } from '../mirror/order.js';
const SETTLE_MS = 100;
/** A directory that was removed and made again is another one. */
const SAME_EVERY_MS = 1_000;
export async function watchFiles(paths, client, announce) {
    await makeDirectory(paths.tasks);
    const timers = new Map();
    const changed = (name) => {
        const id = name?.endsWith('.json') ? name.slice(0, -'.json'.length) : undefined;
        if (id === undefined || !isSafeId(id) || timers.has(id))
            return;
        const timer = setTimeout(() => {
            timers.delete(id);
            void answer(paths, client, id).then((found) => found && announce(said(id, found)), () => undefined);
        }, SETTLE_MS);
        timers.set(id, timer);
    };
    const watching = new Watching(paths.tasks, changed);
    if (!watching.works) {
        announce(`${paths.tasks} cannot be watched; what other programs write is noticed at the next write`);
    }
    return {
        stop() {
            watching.stop();
            for (const timer of timers.values())
                clearTimeout(timer);
        },
    };
}
// ---
class Watching {
    directory;
    changed;
    #watcher;
    #watched;
    #timer;
    constructor(directory, changed) {
        this.directory = directory;
        this.changed = changed;
        this.#look();
        this.#timer = setInterval(() => this.#look(), SAME_EVERY_MS);
    }
    get works() {
        return this.#watcher !== undefined;
    }
    stop() {
        clearInterval(this.#timer);
        this.#watcher?.close();
    }
    /** Begins, and begins again with another directory of that name: what was written there meanwhile is looked at too. */
    #look() {
        const now = statSync(this.directory, { throwIfNoEntry: false })?.ino;
        if (now === this.#watched)
            return;
        const again = this.#watcher !== undefined;
        this.#watcher?.close();
        this.#watched = now;
        if (now === undefined)
            return;
        try {
            this.#watcher = watch(this.directory, (_event, name) => this.#heard(name));
            this.#watcher.on('error', () => this.#watcher?.close());
            for (const name of again ? readdirSync(this.directory) : [])
                this.changed(name);
        }
        catch {
            // Each write of ours still looks.
        }
    }
    #heard(name) {
        // Its own name: it was removed, and the next one may get its number.
        if (name === basename(this.directory))
            this.#watched = undefined;
        else
            this.changed(name);
    }
}
async function answer(paths, client, id) {
    const order = readOrder(paths.order(id));
    if (!order || ourHash(paths, id, order) !== undefined)
        return undefined;
    // Under the task's lock: between a write of ours and its note the file looks foreign.
    const { found } = await withLock(paths.lock(id), () => lookAt(paths, id, readOrder(paths.order(id))));
    if (found?.kind === 'ended')
        await client.workflow.getHandle(id).cancel();
    return found;
}
function said(id, found) {
    if (found.kind === 'rival')
        return `task ${id}: ${RIVAL}`;
    return `task ${id} was ended by another program: its workflow is cancelled`;
}
//# sourceMappingURL=watch-files.js.map