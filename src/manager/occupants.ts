/**
 * Which open tasks work in the same directory. A directory for each workspace holds an empty file with the name of each
 * task that was started in it from this host, so that a submission reads a few files and not those of all tasks.
 */
import { createHash } from 'node:crypto';
import { readdir, realpath, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskInput } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { fileNameOf, idOfFileName } from '../domain/task-id.js';
import { makeDirectory } from '../files/atomic-write.js';
import { ignoring } from '../files/errors.js';
import type { Paths } from '../mirror/paths.js';
import { readTask } from '../mirror/reader.js';

/** Notes that a task is started. A note that cannot be written is only a warning less. */
export async function noteOccupant(paths: Paths, id: string, { workspace, worktree }: TaskInput): Promise<void> {
  if (workspace === undefined || worktree !== undefined) return;
  const directory = await directoryOf(paths, workspace);
  await makeDirectory(directory);
  await writeFile(join(directory, fileNameOf(id)), '', { mode: 0o600 });
}

/** @returns the id of an open task in this workspace, or of one of the first that were looked at; those that have ended are forgotten */
export async function occupantOf(paths: Paths, workspace: string): Promise<string | undefined> {
  const directory = await directoryOf(paths, workspace);
  const names = (await readdir(directory).catch(ignoring('ENOENT'))) ?? [];
  for (const name of names.slice(0, MOST_READ)) {
    const id = idOfFileName(name);
    const read = id === undefined ? undefined : await readTask(paths, id);
    if (read?.kind === 'task' && !isTerminal(read.task.status)) return id;
    // One without a file runs on another host, or was removed.
    await unlink(join(directory, name)).catch(() => undefined);
  }
  return undefined;
}

// ---

const MOST_READ = 16;

async function directoryOf(paths: Paths, workspace: string): Promise<string> {
  const real = await realpath(workspace).catch(() => workspace);
  return join(paths.occupants, createHash('sha256').update(real).digest('hex').slice(0, 32));
}
