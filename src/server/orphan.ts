/**
 * Ends a server whose parent was killed before it wrote the state file. Two servers would corrupt one database; no
 * client knows the address of this one.
 */

import { readFile } from 'node:fs/promises';
import { ignoring } from '../files/errors.js';
import { type ProcessIdentity, processIdentity } from '../files/process-identity.js';
import type { ServerFiles } from './files.js';
import { terminate } from './termination.js';

/** @returns true when there was one. */
export async function endOrphan(files: ServerFiles): Promise<boolean> {
  const orphan = await findOrphan(files);
  if (orphan) await terminate(orphan);
  return orphan !== undefined;
}

async function findOrphan(files: ServerFiles): Promise<ProcessIdentity | undefined> {
  const text = await readFile(files.pid, 'utf8').catch(ignoring('ENOENT'));
  const pid = Number.parseInt(text ?? '', 10);
  if (!Number.isInteger(pid) || pid < 2) return undefined;
  const identity = processIdentity(pid);
  // The pid may have been reused: only the command line proves that it has our database open.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.split('\0').includes(`--db-filename=${files.database}`) ? identity : undefined;
}
