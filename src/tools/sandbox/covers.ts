/** What lies on a place that a command must not see: an empty file system, or an empty file. Paths in, arguments out. */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { RookeryError } from '../../domain/errors.js';
import { isDirectory } from '../is-directory.js';
import { findCredentials } from '../secrets.js';
import { isBeneath } from '../workspace.js';
import { LIMITS } from './limits.js';

/** Those that exist, with symlinks followed, once each. */
export async function realPaths(paths: readonly string[]): Promise<string[]> {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return [...new Set(real.filter((path) => path !== undefined))];
}

export async function covers(paths: readonly string[]): Promise<string[]> {
  const all = await Promise.all(
    paths.map(async (path) =>
      (await isDirectory(path)) ? emptyAt(path, LIMITS.smallBytes) : ['--ro-bind', '/dev/null', path],
    ),
  );
  return all.flat();
}

/** For the end of the list: until then places to mount on are made in them. */
export async function sealed(paths: readonly string[]): Promise<string[]> {
  const directories = await Promise.all(
    paths.map(async (path) => ((await isDirectory(path)) ? ['--remount-ro', path] : [])),
  );
  return directories.flat();
}

export function emptyAt(path: string, bytes: number): string[] {
  return ['--size', String(bytes), '--tmpfs', path];
}

/** The settings and credentials of a home: all whose name begins with a dot. A link hides nothing by itself. */
export async function dotEntries(home: string): Promise<string[]> {
  const entries = await readdir(home, { withFileTypes: true });
  const dots = entries.filter((entry) => entry.name.startsWith('.') && (entry.isDirectory() || entry.isFile()));
  return dots.map(({ name }) => join(home, name));
}

/** A command line holds no more mounts. */
const MAX_CREDENTIALS = 2_000;

/**
 * The credential files of a workspace, with symlinks followed. Throws a RookeryError where there are too many to hide:
 * the command does not run then. Nothing is made for those that do not exist.
 */
export async function credentialsToHide(workspace: string): Promise<string[]> {
  const { paths } = await findCredentials(workspace);
  if (paths.length <= MAX_CREDENTIALS) return realPaths(paths);
  throw new RookeryError(
    'environment',
    `The workspace holds ${paths.length} files that may hold credentials, too many to hide.`,
    {
      hint: 'Start the task with --allow secrets, or choose a smaller --workspace.',
    },
  );
}

/** Without those that lie beneath another one. */
export function outermost(paths: readonly string[]): string[] {
  const once = [...new Set(paths)];
  return once.filter((path) => !once.some((other) => other !== path && isBeneath(other, path)));
}
