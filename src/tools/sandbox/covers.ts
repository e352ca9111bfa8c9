/** What lies on a place that a command must not see: an empty file system, or an empty file. Paths in, arguments out. */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isDirectory } from '../is-directory.js';
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

/** Without those that lie beneath another one. */
export function outermost(paths: readonly string[]): string[] {
  const once = [...new Set(paths)];
  return once.filter((path) => !once.some((other) => other !== path && isBeneath(other, path)));
}
