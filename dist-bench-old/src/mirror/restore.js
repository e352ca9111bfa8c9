/** Writes both files of a task as they must be, under its lock, unless a newer write has come first. */
import { withLock } from '../durable/lock.js';
import { makeDirectory, removeDurably, writeDurably } from '../durable/write.js';
import { lookAt } from './foreign.js';
import { hashOf, isOlder, readOrder, writeOrder } from './order.js';
import { replaceTask } from './replace.js';
/** `newer`: what is on disk is newer. `ended`: another program has ended a task that runs; its workflow will hear of it. */
export async function restore(paths, id, { task, checkpoint, place, ended }) {
    await makeDirectory(paths.checkpoints);
    await makeDirectory(paths.side);
    return withLock(paths.lock(id), async () => {
        const known = readOrder(paths.order(id));
        if (known && isOlder(place, known))
            return 'newer';
        const { hash, found } = await lookAt(paths, id, known);
        if (found?.kind === 'ended' && !ended)
            return 'ended';
        await writeOrder(paths.order(id), { ...place, hashes: [hashOf(task)], ended });
        if (checkpoint !== null)
            await writeDurably(paths.checkpoint(id), checkpoint);
        const replaced = await replaceTask(paths, id, { text: task, seen: hash, yields: !ended });
        if (!replaced)
            return 'newer';
        if (checkpoint === null)
            await removeDurably(paths.checkpoint(id));
        return 'done';
    });
}
//# sourceMappingURL=restore.js.map