/**
 * What a command may not change although it lies in the workspace: files by which other programs could be made to run
 * something later. Those that do not exist yet get a placeholder while the command runs, because a mount needs
 * something to be mounted on. Hands back paths; mounts nothing itself.
 */
import { lstatSync, mkdirSync, rmdirSync, type Stats, unlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { ignoring } from '../files/errors.js';
import { type Guarded, guardedPaths } from './protected-paths.js';

export interface Protection {
  /** Absolute; they become read-only. */
  readonly fixed: readonly string[];
  /** Takes the placeholders away. */
  release(): void;
}

/** Throws a RookeryError for a symlink: a mount would land on its target, and the link could be replaced. */
export async function protect(workspace: string, isHome: boolean): Promise<Protection> {
  const fixed: string[] = [];
  const placeholders: string[] = [];
  const release = (): void => {
    for (const path of placeholders.splice(0)) removePlaceholder(path);
  };
  try {
    for (const guarded of await guardedPaths(workspace, isHome)) {
      const found = lstatIfThere(guarded.path);
      if (found?.isSymbolicLink()) throw symlinkError(guarded.path);
      const isPlaceholderNow = found === undefined || (await isPlaceholder(guarded, found));
      // Where we can put nothing, the command cannot either.
      if (isPlaceholderNow && !placePlaceholder(guarded)) continue;
      if (isPlaceholderNow) placeholders.push(guarded.path);
      fixed.push(guarded.path);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { fixed, release };
}

/**
 * The directories between the workspace and these paths, outermost first. A directory can be renamed with the mounts
 * in it, unless it is a mount itself.
 */
export function pinsOf(workspace: string, paths: readonly string[]): string[] {
  const pins = new Set<string>();
  for (const path of paths) {
    for (let at = dirname(path); at.length > workspace.length && at.startsWith(`${workspace}/`); at = dirname(at))
      pins.add(at);
  }
  return [...pins].sort((one, other) => one.length - other.length);
}

/** An empty directory as `commondir` would break git; this says what git assumes without the file. */
const COMMONDIR_CONTENT = '.\n';

/** Of a command that runs now or ended since it was found, or left by a worker that was killed. */
export async function isPlaceholder({ path, kind }: Guarded, found: Stats): Promise<boolean> {
  if (held.has(path)) return true;
  if (kind === 'common')
    return (
      found.size === COMMONDIR_CONTENT.length &&
      (await readFile(path, 'utf8').catch(contentIfUnreadable(COMMONDIR_CONTENT, ''))) === COMMONDIR_CONTENT
    );
  return (
    kind === 'file' && found.isDirectory() && (await readdir(path).catch(contentIfUnreadable([], ['?']))).length === 0
  );
}

/** False: nothing can be put there. */
export function placePlaceholder({ path, kind }: Guarded): boolean {
  const count = held.get(path)?.count ?? 0;
  held.set(path, { count: count + 1, kind });
  if (count > 0) return true;
  try {
    if (kind === 'common') writeFileSync(path, COMMONDIR_CONTENT, { mode: 0o644, flag: 'wx' });
    else mkdirSync(path, 0o755);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return true;
    held.delete(path);
    return false;
  }
}

export function removePlaceholder(path: string): void {
  const placeholder = held.get(path);
  if (placeholder === undefined) return;
  if (placeholder.count > 1) {
    placeholder.count -= 1;
    return;
  }
  held.delete(path);
  try {
    if (placeholder.kind === 'common') unlinkSync(path);
    else rmdirSync(path);
  } catch {
    // A command filled or removed it: then it is the workspace's own.
  }
}

// ---

/** In one step with the question whose it is: another command could take its stand-in away between the two. */
function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    return ignoring('ENOENT', 'ENOTDIR')(error);
  }
}

function symlinkError(path: string): RookeryError {
  return new RookeryError('environment', `The sandbox cannot protect ${path}, because it is a symlink.`, {
    hint: 'Replace it with its target.',
  });
}

/** What to take for a content that cannot be read: one thing if it is gone, another if it is there. */
const contentIfUnreadable =
  <T>(gone: T, unreadable: T) =>
  (error: NodeJS.ErrnoException): T =>
    error.code === 'ENOENT' ? gone : unreadable;

interface Placeholder {
  count: number;
  readonly kind: Guarded['kind'];
}

const held = new Map<string, Placeholder>();
