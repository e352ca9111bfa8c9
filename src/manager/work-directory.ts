/**
 * The one check of a work directory before its content is trusted: the directory, its subdirectories, its keys and its
 * rules belong to this user, and no other user can write them. The command, the manager and the plugin all call it.
 */
import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { makeDirectory } from '../files/atomic-write.js';
import { codeOf } from '../files/errors.js';
import { checkOwned, checkOwnedDirectory, inShell } from '../files/ownership.js';
import type { Paths } from '../mirror/paths.js';
import { serverFiles } from '../server/files.js';

/** Creates it if it is missing (0700), and checks it. */
export async function openWorkDirectory(paths: Paths): Promise<void> {
  if (!lstatOf(paths.workdir)) await makeDirectory(paths.workdir);
  checkWorkDirectory(paths);
}

/**
 * Throws RookeryError 'environment', with one sentence that names the command to type. A missing work directory is
 * valid.
 */
export function checkWorkDirectory(paths: Paths): void {
  const { workdir: path } = paths;
  const found = lstatOf(path);
  if (found?.isSymbolicLink())
    throw new RookeryError('environment', `The work directory ${path} is a symlink`, {
      hint: `Name the directory itself: --workdir ${inShell(resolve(dirname(path), readlinkSync(path)))}`,
    });
  if (found && !found.isDirectory())
    throw new RookeryError('environment', `The work directory ${path} is a file`, { hint: 'Choose another --workdir' });
  checkOwnedDirectory({ path, name: 'work directory' });
  if (!found) return;
  for (const [name, inside] of contentsOf(paths)) {
    const stats = statSync(inside, { throwIfNoEntry: false });
    if (stats) checkOwned(stats, { path: inside, name });
  }
}

// ---

/** What another user could change to alter the authority of a task. */
function contentsOf(paths: Paths): readonly (readonly [name: string, path: string])[] {
  return [
    ['directory', paths.tasks],
    ['directory', paths.checkpoints],
    ['directory', paths.side],
    ['directory', paths.claims],
    ['directory', serverFiles(paths.workdir).directory],
    ['directory', paths.logs],
    ['signing key', paths.signingKey],
    ['audit key', paths.auditKey],
    ['file of remembered rules', paths.policy],
  ];
}

/** @returns undefined also when a part of the path is a file: creating it will report that */
function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw new RookeryError('environment', `The work directory ${path} cannot be used: ${String(codeOf(error))}`, {
      hint: 'Choose another --workdir',
      cause: error,
    });
  }
}
