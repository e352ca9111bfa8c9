/** Writes both files of a task as they must be, under its lock, unless a newer write has come first. */
import { withLock } from '../durable/lock.js';
import { makeDirectory, removeDurably, writeDurably } from '../durable/write.js';
import { hashOf, isOlder, type Place, readOrder, writeOrder } from './order.js';
import type { Paths } from './paths.js';

export interface Restored {
  readonly task: string;
  /** Null: there must be no checkpoint file. */
  readonly checkpoint: string | null;
  readonly place: Place;
  readonly ended: boolean;
}

/** False: what is on disk is newer. */
export async function restore(
  paths: Paths,
  id: string,
  { task, checkpoint, place, ended }: Restored,
): Promise<boolean> {
  await makeDirectory(paths.checkpoints);
  await makeDirectory(paths.side);
  return withLock(paths.lock(id), async () => {
    const known = await readOrder(paths.order(id));
    if (known && isOlder(place, known)) return false;
    await writeOrder(paths.order(id), { ...place, hashes: [hashOf(task)], ended });
    if (checkpoint !== null) await writeDurably(paths.checkpoint(id), checkpoint);
    await writeDurably(paths.task(id), task);
    if (checkpoint === null) await removeDurably(paths.checkpoint(id));
    return true;
  });
}
