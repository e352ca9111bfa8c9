/** The baseline of a task on this host, for commands, and what has changed since. */
import { join } from 'node:path';
import type { ChangedFile, ShownWorktree } from '../domain/changed-file.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { isDirectory } from '../files/is-directory.js';
import { type ReadyBaseline, readBaseline } from '../git/baseline.js';
import { type Compared, changedFiles } from '../git/changes.js';
import type { Snapshots } from '../git/snapshot.js';
import { comparedTrees } from '../git/task-changes.js';
import type { ManagerContext } from './context.js';

/** A status is not to wait for a huge work tree. */
const STATUS_MS = 2_000;

export interface ShownChanges {
  /** Null: not known, or not within the time that a status may take. */
  readonly files: readonly ChangedFile[] | null;
  readonly worktree?: ShownWorktree;
}

export async function shownChanges(context: ManagerContext, id: string): Promise<ShownChanges> {
  const baseline = await readBaseline(context.paths.baseline(id));
  if (baseline?.kind === 'none') return { files: baseline.files ?? null };
  if (baseline?.kind !== 'ready') return { files: null };
  const { worktree } = baseline;
  const snapshots = { ...snapshotsOf(context), deadline: performance.now() + STATUS_MS };
  const compared = await comparedTrees(snapshots, baseline).catch(() => undefined);
  const files = compared ? await changedFiles(compared).catch(() => null) : null;
  if (!worktree) return { files };
  const directory = join(baseline.top, baseline.directory);
  const removed = !(await isDirectory(baseline.top));
  const applied = compared ? compared.to === compared.from || compared.to === baseline.applied : null;
  return { files, worktree: { path: worktree.path, directory, branch: worktree.branch, applied, removed } };
}

/** @returns where its commands run; undefined for a task without a work tree of its own on this host */
export async function directoryInWorktree({ paths }: ManagerContext, id: string): Promise<string | undefined> {
  const baseline = await readBaseline(paths.baseline(id));
  return baseline?.kind === 'ready' && baseline.worktree ? join(baseline.top, baseline.directory) : undefined;
}

export function snapshotsOf({ paths, env = {} }: ManagerContext): Snapshots {
  return { root: paths.snapshots, env };
}

/** Throws `bad_input` for a task whose workspace cannot be compared, or has not been noted here. */
export async function baselineOfTask({ paths }: ManagerContext, id: string): Promise<ReadyBaseline> {
  const baseline = await readBaseline(paths.baseline(id));
  if (baseline?.kind === 'ready') return baseline;
  const reason = baseline?.kind === 'none' ? baseline.reason : 'it has not run on this host yet';
  throw new RookeryError('bad_input', `The changes of task '${id}' are not known: ${reason}`);
}

/** Throws `environment` with the words of git. */
export async function treesOf(context: ManagerContext, id: string, baseline: ReadyBaseline): Promise<Compared> {
  try {
    return await comparedTrees(snapshotsOf(context), baseline);
  } catch (error) {
    throw new RookeryError('environment', `The changes of task '${id}' cannot be read: ${sentenceOf(error)}`, {
      cause: error,
    });
  }
}
