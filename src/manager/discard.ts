/** Removes the work tree of a task with its branch. Changes that were not applied are lost, so they need a yes. */
import { RookeryError } from '../domain/errors.js';
import { isTerminal } from '../domain/task.js';
import { removeDurably } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import { isDirectory } from '../files/is-directory.js';
import { readBaseline, type TaskBaseline, type TaskWorktree } from '../git/baseline.js';
import { changedFiles } from '../git/changes.js';
import { removeSide } from '../git/snapshot.js';
import { comparedTrees } from '../git/task-changes.js';
import { removeWorktree } from '../git/worktree.js';
import { withoutWorktree } from './apply.js';
import { snapshotsOf } from './baseline-of.js';
import type { ManagerContext, VerbOutcome } from './context.js';
import { status } from './status.js';

export interface DiscardOptions {
  /** Also when it has changes that were not applied. Default: that is refused. */
  readonly yes?: boolean;
}

/**
 * Throws `not_found`, `wrong_status` for a task that runs or has no work tree of its own, `usage` when it has changes that
 * were not applied and `yes` is not set.
 */
export async function discard(context: ManagerContext, id: string, options: DiscardOptions = {}): Promise<VerbOutcome> {
  const { status: current } = await status(context, id);
  const path = context.paths.baseline(id);
  const baseline = await readBaseline(path);
  if (!baseline || !('worktree' in baseline) || !baseline.worktree) throw withoutWorktree(id);
  if (!isTerminal(current))
    throw new RookeryError('wrong_status', `Task '${id}' is ${current.toLowerCase()} and works in its worktree`, {
      hint: `Cancel it first: rookery cancel ${id}`,
    });
  const unapplied = options.yes === true ? undefined : await unappliedChanges(context, baseline);
  if (unapplied !== undefined)
    throw new RookeryError('usage', `The worktree of task '${id}' has ${unapplied}`, {
      hint: 'Apply them first, or add --yes to remove them',
    });
  const { worktree } = baseline;
  const left = await withLock(`${path}~lock`, () => remove(context, { id, worktree }), LOCK_MS);
  const message = left ?? `the worktree ${worktree.path} and the branch ${worktree.branch} are removed`;
  return { id, ok: true, status: current, message };
}

// ---

const LOCK_MS = 60_000;

/** @returns undefined when nothing would be lost */
async function unappliedChanges(context: ManagerContext, baseline: TaskBaseline): Promise<string | undefined> {
  if (baseline.kind !== 'ready' || !(await isDirectory(baseline.top))) return undefined;
  try {
    const compared = await comparedTrees(snapshotsOf(context), baseline);
    if (compared.to === compared.from || compared.to === baseline.applied) return undefined;
    const { length } = await changedFiles(compared);
    return `changes in ${length} ${length === 1 ? 'file' : 'files'} that were not applied`;
  } catch {
    return 'a state that cannot be read';
  }
}

interface Removing {
  readonly id: string;
  readonly worktree: TaskWorktree;
}

/** The note goes last: after a kill the next `discard` removes the rest. */
async function remove(context: ManagerContext, { id, worktree }: Removing): Promise<string | undefined> {
  const snapshots = snapshotsOf(context);
  const left = await removeWorktree(snapshots, worktree);
  await removeSide(snapshots, worktree.path);
  await removeDurably(context.paths.baseline(id));
  return left;
}
