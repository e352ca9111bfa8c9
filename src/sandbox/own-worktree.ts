/**
 * What a command may write of the repository of a work tree that was made for its task: new objects, branches of tasks, and
 * what git keeps for that work tree. Packs, settings, hooks, a person's branches and other work trees stay as they are.
 */
import { lstat, readFile, realpath } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isWithin } from '../files/paths.js';

export interface WritableRepository {
  /** Directories that exist. */
  readonly writable: readonly string[];
  /** In them, what stays read-only. */
  readonly fixed: readonly string[];
}

const NOTHING: WritableRepository = { writable: [], fixed: [] };

/**
 * `repository`: real path of the one that the workspace, a linked work tree, belongs to. `worktrees`: the directory in
 * which Rookery makes them.
 */
export async function writableRepository(
  workspace: string,
  repository: string | undefined,
  worktrees: string | undefined,
): Promise<WritableRepository> {
  const root = worktrees === undefined ? undefined : await realpath(worktrees).catch(() => undefined);
  if (repository === undefined || root === undefined || !isWithin(root, workspace)) return NOTHING;
  const pointer = await readFile(join(workspace, '.git'), 'utf8').catch(() => '');
  const entry = join(repository, 'worktrees', basename(resolve(pointer.replace(/^gitdir: /, '').trim())));
  const objects = join(repository, 'objects');
  return {
    writable: await directoriesIn([objects, entry, ...BRANCHES.map((path) => join(repository, path))]),
    fixed: await existing([
      ...['pack', 'info'].map((name) => join(objects, name)),
      ...['commondir', 'gitdir', 'config.worktree', 'modules'].map((name) => join(entry, name)),
    ]),
  };
}

// ---

/** Of tasks. Git replaces the file of a branch, so what it lies in must be writable. */
const BRANCHES = ['refs/heads/rookery', 'logs/refs/heads/rookery'] as const;

/** A symlink would lead elsewhere. */
async function directoriesIn(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => undefined)));
  return paths.filter((_, n) => found[n]?.isDirectory());
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => undefined)));
  return paths.filter((_, n) => found[n] !== undefined);
}
