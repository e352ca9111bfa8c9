/**
 * Removes the work tree of a task that has ended when all of it was applied: nothing in it is lost. Its note stays, with the
 * snapshots that `diff` shows, and from which the work tree is made again when the task continues.
 */
import { sentenceOf } from '../domain/errors.js';
import { isTerminal } from '../domain/task.js';
import { isDirectory } from '../files/is-directory.js';
import { type ReadyBaseline, readBaseline, writeBaseline } from '../git/baseline.js';
import { comparedTrees } from '../git/task-changes.js';
import { unseenIn } from '../git/unseen.js';
import { removeWorktree } from '../git/worktree.js';
import { snapshotsOf } from './baseline-of.js';
import type { ManagerContext } from './context.js';
import { status } from './status.js';

/** Call it with the lock of the note. @returns what became of the work tree, as the end of a sentence */
export async function removeApplied(context: ManagerContext, id: string): Promise<string | undefined> {
  const baseline = await readBaseline(context.paths.baseline(id));
  if (baseline?.kind !== 'ready' || !baseline.worktree || !(await isDirectory(baseline.top))) return undefined;
  try {
    // With an end a removal was cut off.
    const found = baseline.end === undefined ? await prepare(context, id, baseline) : REMOVABLE;
    if (found.kind === 'stays') return found.why;
    return (await removeWorktree(snapshotsOf(context), baseline.worktree)) ?? 'its worktree is removed';
  } catch (error) {
    return `its worktree stays: ${sentenceOf(error)}`;
  }
}

// ---

type Prepared = { readonly kind: 'removable' } | { readonly kind: 'stays'; readonly why: string | undefined };

const REMOVABLE: Prepared = { kind: 'removable' };

/** Notes the end before anything is removed: a task that continues from then on, also after a kill, makes the work tree anew. */
async function prepare(context: ManagerContext, id: string, baseline: ReadyBaseline): Promise<Prepared> {
  const snapshots = snapshotsOf(context);
  const { to } = await comparedTrees(snapshots, baseline);
  if (to !== baseline.applied) return { kind: 'stays', why: undefined };
  const unseen = await unseenIn(snapshots, baseline);
  if (unseen !== undefined)
    return { kind: 'stays', why: `its worktree stays, because it has ${unseen}: rookery discard ${id} removes it` };
  const path = context.paths.baseline(id);
  await writeBaseline(path, { ...baseline, end: to });
  const { status: now } = await status(context, id);
  if (isTerminal(now)) return REMOVABLE;
  await writeBaseline(path, baseline);
  return { kind: 'stays', why: undefined };
}
