/**
 * Tasks that ended from outside and of which the notifier has not been told: whichever program repairs the file of one
 * notes it, and a worker of this host tells it and removes the note. Losing a note loses a notice, never an end.
 */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNameOf, idOfFileName } from '../domain/task-id.js';
import { makeDirectory } from '../files/atomic-write.js';
import type { Paths } from '../mirror/paths.js';

/** Before the file says how it ended. Throws nothing. */
export async function noteUntold({ untold }: Paths, id: string): Promise<void> {
  try {
    await makeDirectory(untold);
    await writeFile(join(untold, fileNameOf(id)), '', { mode: 0o600 });
  } catch {
    // The end itself matters more.
  }
}

export async function untoldEnds({ untold }: Paths): Promise<string[]> {
  const names = await readdir(untold).catch(() => []);
  return names.map((name) => idOfFileName(name)).filter((id) => id !== undefined);
}

export async function forgetUntold({ untold }: Paths, id: string): Promise<void> {
  await rm(join(untold, fileNameOf(id)), { force: true }).catch(() => undefined);
}
