/**
 * Watches the tasks directory for what other programs write: an end that somebody else gave a task cancels its workflow
 * at once, not only at the next write. Writes nothing.
 */
import { type FSWatcher, watch } from 'node:fs';
import type { Client } from '@temporalio/client';
import { isSafeId } from './domain/id.js';
import { withLock } from './durable/lock.js';
import { makeDirectory } from './durable/write.js';
import { lookAt } from './mirror/foreign.js';
import { readOrder } from './mirror/order.js';
import type { Paths } from './mirror/paths.js';

const SETTLE_MS = 100;

export async function watchFiles(
  paths: Paths,
  client: Client,
  announce: (line: string) => void,
): Promise<{ stop(): void }> {
  await makeDirectory(paths.tasks);
  const timers = new Map<string, NodeJS.Timeout>();
  const changed = (name: string | null): void => {
    const id = name?.endsWith('.json') ? name.slice(0, -'.json'.length) : undefined;
    if (id === undefined || !isSafeId(id) || timers.has(id)) return;
    const timer = setTimeout(() => {
      timers.delete(id);
      void cancelIfEnded(paths, client, id).then(
        (ended) => ended && announce(`task ${id} was ended by another program: its workflow is cancelled`),
        () => undefined,
      );
    }, SETTLE_MS);
    timers.set(id, timer);
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(paths.tasks, (_event, name) => changed(name));
    // A directory that goes away ends the watch; each write of ours still looks.
    watcher.on('error', () => watcher?.close());
  } catch {
    announce(`${paths.tasks} cannot be watched; what other programs write is noticed at the next write`);
  }
  return { stop: () => watcher?.close() };
}

// ---

/** Under the task's lock: between a write of ours and its note the file would look foreign. */
async function cancelIfEnded(paths: Paths, client: Client, id: string): Promise<boolean> {
  const order = await readOrder(paths.order(id));
  if (!order) return false;
  const { found } = await withLock(paths.lock(id), async () => lookAt(paths, id, await readOrder(paths.order(id))));
  if (found?.kind !== 'ended') return false;
  await client.workflow.getHandle(id).cancel();
  return true;
}
