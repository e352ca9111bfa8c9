/** A task that hangs in a model call with its first round complete, and its files at that moment. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { timestampOf } from '../../src/domain/timestamp.js';
import type { Paths } from '../../src/mirror/paths.js';
import { inOrder, type ModelScript } from '../support/book.js';
import type { Rig, Task } from '../support/rig.js';
import { until } from '../support/until.js';

export const CALLS = [{ id: 'a', name: 'search_files', args: { pattern: 'oak' } }] as const;

/** Two replies with calls that run inside the next iteration, then a model call that hangs: the first round is complete. */
export const hanging = (): ModelScript =>
  inOrder({ content: 'Ich prüfe.', calls: CALLS }, { calls: CALLS }, { hang: true });

export interface Bytes {
  readonly task: string | undefined;
  readonly checkpoint: string | undefined;
}

export function bytesOf(paths: Paths, id: string): Bytes {
  const text = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  return { task: text(paths.task(id)), checkpoint: text(paths.checkpoint(id)) };
}

export function remove({ paths }: Rig, id: string): void {
  rmSync(paths.task(id), { force: true });
  rmSync(paths.checkpoint(id), { force: true });
}

/** The files of the round in which the task now hangs. */
export async function settled(at: Rig, task: Task): Promise<void> {
  await until(() => task.requests().length === 3, { what: 'the model call hangs' });
  await until(() => bytesOf(at.paths, task.id).checkpoint !== undefined, {
    what: 'the complete round is in the files',
  });
  await untilShown(at, task);
}

/** The files show what the workflow knows: all that it has is on disk. */
export async function untilShown({ paths }: Rig, task: Task): Promise<void> {
  const shown = async (): Promise<boolean> => {
    const { record } = await task.status();
    return existsSync(paths.task(task.id)) && task.file().updated_at === timestampOf(record.updated_at);
  };
  await until(shown, { what: 'the files show the newest state' });
}
