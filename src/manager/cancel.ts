/** Cancels a task; resolves when it is cancelled and its tool has stopped. */
import { RookeryError } from '../domain/errors.js';
import { isTerminal } from '../domain/task.js';
import { after, microsOfMillis, microsOfStamp, timestampOf } from '../domain/timestamp.js';
import { toWire } from '../domain/wire.js';
import { removeDurably, writeDurably } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import { readTask } from '../mirror/reader.js';
import { awaitClosed } from './closing.js';
import { type ManagerContext, notFound, online, type VerbOutcome } from './context.js';
import { describe } from './describe-workflow.js';
import { status } from './status.js';
import { wait } from './wait.js';

export async function cancel(context: ManagerContext, id: string, signal?: AbortSignal): Promise<VerbOutcome> {
  const before = await status(context, id);
  if (before.status === 'Cancelled') {
    if (context.client) await awaitClosed(context.client, id, signal);
    return { id, ok: true, status: 'Cancelled' };
  }
  if (isTerminal(before.status)) throw cannotCancel(id, before.status);
  // Without a server only a task that was never started can be cancelled. A workflow that starts meanwhile finds the
  // file.
  if (!context.client && before.status === 'Pending') return cancelFile(context, id);
  const { client } = online(context);
  const at = await describe(client, id);
  if (!at) return cancelFile(context, id);
  await client.workflow.getHandle(id).cancel();
  const { status: now } = await wait(context, id, { keepWaiting: true, ...(signal ? { signal } : {}) });
  // The next command must not find it open.
  await awaitClosed(client, id, signal);
  if (now === 'Cancelled') return { id, ok: true, status: now };
  throw cannotCancel(id, now ?? 'unknown');
}

// ---

function cannotCancel(id: string, now: string): RookeryError {
  return new RookeryError('wrong_status', `Cannot cancel task '${id}' in status '${now.toLowerCase()}'`);
}

/** A task that never started has only its file. */
async function cancelFile({ paths }: ManagerContext, id: string): Promise<VerbOutcome> {
  return withLock(paths.lock(id), async () => {
    const read = await readTask(paths, id);
    if (read.kind !== 'task') throw notFound(id);
    if (isTerminal(read.task.status)) throw cannotCancel(id, read.task.status);
    const now = microsOfMillis(Date.now());
    const updated_at = timestampOf(after(microsOfStamp(read.task.updated_at) ?? 0, now));
    await writeDurably(
      paths.task(id),
      toWire({ ...read.task, status: 'Cancelled', updated_at, checkpoint: null }, read.extra),
    );
    await removeDurably(paths.checkpoint(id));
    await removeDurably(paths.input(id));
    return { id, ok: true, status: 'Cancelled' as const };
  });
}
