/**
 * Removes the work tree of a task that has ended when all of it was applied: nothing in it is lost. Its note stays, with the
 * snapshots that `diff` shows, and from which the work tree is made again when the task continues.
 */
import { sentenceOf } from '../domain/errors.js';
import { isTerminal } from '../domain/task.js';
import { isDirectory } from '../files/is-directory.js';
import { readBaseline, withoutEnd, writeBaseline } from '../git/baseline.js';
import { comparedTrees } from '../git/task-changes.js';
import { unseenIn } from '../git/unseen.js';
import { removeWorktree } from '../git/worktree.js';
import { snapshotsOf } from './baseline-of.js';
import type { ManagerContext } from './context.js';
import { status } from './status.js';

/** Call it with the lock of the note. @returns what became of the work tree, as the end of a sentence */
export async function removeApplied(context: ManagerContext, id: string): Promise<string | undefined> {
  const path = context.paths.baseline(id);
  const baseline = await readBaseline(path);
  if (baseline?.kind !== 'ready' || !baseline.worktree || !(await isDirectory(baseline.top))) return undefined;
  const { worktree } = baseline;
  const snapshots = snapshotsOf(context);
  try {
    const present = withoutEnd(baseline);
    const { to } = await comparedTrees(snapshots, present);
    if (to !== baseline.applied) return undefined;
    const unseen = await unseenIn(baseline, worktree, snapshots.env);
    if (unseen !== undefined) return `its worktree stays, because it has ${unseen}: rookery discard ${id} removes it`;
    // First: a task that continues from now on, also after a kill, makes the work tree anew.
    await writeBaseline(path, { ...present, end: to });
    const { status: now } = await status(context, id);
    if (!isTerminal(now)) {
      await writeBaseline(path, present);
      return undefined;
    }
    return (await removeWorktree(snapshots, worktree)) ?? 'its worktree is removed';
  } catch (error) {
    return `its worktree stays: ${sentenceOf(error)}`;
  }
}
