/**
 * Stand-ins for protected files that do not exist: an empty directory, which git and most tools pass over. Counted,
 * because several commands can run in one workspace and a mount is gone when what it lies on is removed.
 * Never removes anything that has a content.
 */
import type { Stats } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, unlink, writeFile } from 'node:fs/promises';
import type { Guarded } from './guarded.js';

/** An empty directory as `commondir` would break git; this says what git assumes without the file. */
const COMMON = '.\n';

/** Of a command that runs now, or left by a worker that was killed. */
export async function isPlaceholder({ path, kind }: Guarded, found: Stats): Promise<boolean> {
  if (held.has(path)) return true;
  if (kind === 'common')
    return found.size === COMMON.length && (await readFile(path, 'utf8').catch(() => '')) === COMMON;
  return kind === 'file' && found.isDirectory() && (await readdir(path).catch(() => ['?'])).length === 0;
}

/** False: nothing can be put there. */
export async function hold({ path, kind }: Guarded): Promise<boolean> {
  const count = held.get(path)?.count ?? 0;
  held.set(path, { count: count + 1, kind });
  if (count > 0) return true;
  try {
    await (kind === 'common' ? writeFile(path, COMMON, { mode: 0o644, flag: 'wx' }) : mkdir(path, 0o755));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return true;
    held.delete(path);
    return false;
  }
}

export async function letGo(path: string): Promise<void> {
  const holding = held.get(path);
  if (holding === undefined) return;
  if (holding.count > 1) {
    holding.count -= 1;
    return;
  }
  held.delete(path);
  const remove = holding.kind === 'common' ? unlink : rmdir;
  await remove(path).catch(() => undefined);
}

// ---

interface Holding {
  count: number;
  readonly kind: Guarded['kind'];
}

const held = new Map<string, Holding>();
