import { statusOf } from '../domain/task.js';
import { withLock } from '../durable/lock.js';
import { makeDirectory, removeDurably, writeDurably } from '../durable/write.js';
import { lookAt } from './foreign.js';
import { hashOf, isOlder, readOrder, writeOrder } from './order.js';
import { project } from './project.js';
import { replaceTask } from './replace.js';
/** How often the file may change while ours is on its way. */
const ATTEMPTS = 5;
export class MirrorWriter {
    paths;
    /** The directories are there, as far as we know. */
    #made = false;
    constructor(paths) {
        this.paths = paths;
    }
    /**
     * Resolves when the state, or a newer one, is on disk; with what another program had written there, if any. Throws
     * RookeryError `workdir`; a retry may mend it.
     */
    async write(write) {
        const { id } = write;
        if (!this.#made) {
            await makeDirectory(this.paths.checkpoints);
            await makeDirectory(this.paths.side);
            this.#made = true;
        }
        try {
            return await withLock(this.paths.lock(id), () => this.#put(write));
        }
        catch (error) {
            // Somebody may have removed them.
            this.#made = false;
            throw error;
        }
    }
    async #put(write) {
        const { id, record, runStarted } = write;
        const place = { run_started: runStarted, version: record.version };
        const known = readOrder(this.paths.order(id));
        if (known && isOlder(place, known))
            return undefined;
        // Within one run the first end stays, whoever wrote it; only a later run writes over it.
        const later = known?.ended === true && runStarted > known.run_started;
        const shown = project(write);
        const order = { ...place, ended: record.state.kind !== 'running' };
        for (let attempt = 1;; attempt++) {
            const { hash, whole, found } = await lookAt(this.paths, id, known);
            if (found?.kind === 'ended' && found.status !== statusOf(record.state) && !later) {
                await this.#yield(id, known, order);
                return found;
            }
            // Before the files: a crash in between must not make our own bytes look foreign. A torn file is nobody's word.
            const hashes = [hashOf(shown.task), ...(hash !== undefined && whole ? [hash] : [])];
            await writeOrder(this.paths.order(id), { ...order, hashes });
            if (shown.checkpoint !== null) {
                await writeDurably(this.paths.checkpoint(id), shown.checkpoint, { nameLater: true });
            }
            const replacement = { text: shown.task, seen: hash, yields: !order.ended, whatever: attempt === ATTEMPTS };
            const replaced = await replaceTask(this.paths, id, replacement);
            if (!replaced)
                continue;
            if (shown.checkpoint === null)
                await removeDurably(this.paths.checkpoint(id));
            return replaced.found ?? (later ? undefined : found);
        }
    }
    /** The end that somebody else wrote stays, and no checkpoint beside it once our run has ended too. */
    async #yield(id, known, order) {
        if (!order.ended)
            return;
        await writeOrder(this.paths.order(id), { ...order, hashes: known?.hashes ?? [] });
        await removeDurably(this.paths.checkpoint(id));
    }
}
//# sourceMappingURL=writer.js.map