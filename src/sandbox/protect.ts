/**
 * The paths in the workspace that a command must not change, because other programs run what is written there. Creates
 * placeholders for those that do not exist, because a mount needs a target, counts the commands that use each, and
 * removes them after the last one. Also computes the directories that must be mounts themselves. Mounts nothing.
 */
import { lstatSync, mkdirSync, rmdirSync, type Stats, unlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { ignoring } from '../files/errors.js';
import { type Guarded, guardedPaths } from './protected-paths.js';

export interface Protection {
  /** Absolute paths that become read-only. */
  readonly fixed: readonly string[];
  /** Removes the placeholders. */
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
      // Where the worker can create nothing, the command cannot either.
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

/** An empty directory as `commondir` would break git; this content has the same effect as no file. */
const COMMONDIR_CONTENT = '.\n';

/** @returns true for a placeholder of a command that runs or has just ended, or of a worker that was killed */
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

/** @returns false when nothing can be created there */
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
    // A command filled or removed it: then it belongs to the workspace.
  }
}

// ---

/** Synchronous, like the check of its owner: another command could remove its placeholder between the two. */
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

/** The assumed content of what cannot be read: `gone` when it no longer exists, else `unreadable`. */
const contentIfUnreadable =
  <T>(gone: T, unreadable: T) =>
  (error: NodeJS.ErrnoException): T =>
    error.code === 'ENOENT' ? gone : unreadable;

interface Placeholder {
  count: number;
  readonly kind: Guarded['kind'];
}

const held = new Map<string, Placeholder>();
