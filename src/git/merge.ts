/**
 * Takes the changes between two trees over into a work tree, three-way. All of it is computed in a repository of ours
 * first; git writes into the work tree only after it has seen that nothing is in the way, and what it could not write
 * whole is taken back.
 */
import { join } from 'node:path';
import { type Git, gitIn } from './git.js';
import { addChanges, type Snapshots, sideOf, takeSnapshot, withIndex } from './snapshot.js';
import type { WorkTreePlace } from './work-tree.js';

export interface Merging {
  /** Top of the work tree whose states the trees are. */
  readonly source: string;
  readonly from: string;
  readonly to: string;
  readonly target: WorkTreePlace;
}

/** What is to become of the work tree: tree objects. */
export interface Step {
  readonly present: string;
  readonly next: string;
}

export type Planned =
  | (Step & { readonly kind: 'step' })
  /** Nothing can be taken over. */
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

/** Writes nothing into the work tree. Throws when git fails. */
export async function planMerge(snapshots: Snapshots, { source, from, to, target }: Merging): Promise<Planned> {
  const { side, tree: present } = await takeSnapshot(snapshots, target);
  const alternates = [join(sideOf(snapshots, source), 'objects')];
  const git = gitIn(target.top, snapshots.env, { side, alternates });
  // Of trees alone git before 2.45 finds no base.
  const base = await commitOf(git, from);
  const [ours, theirs] = [await commitOf(git, present, base), await commitOf(git, to, base)];
  const options = ['--write-tree', '-z', '--name-only', '--no-messages'];
  const answer = await git.bytes(['merge-tree', ...options, ours, theirs], { accepted: [1] });
  const [next = '', ...paths] = answer.toString().split('\0').filter(Boolean);
  return paths.length > 0 ? { kind: 'conflict', paths } : { kind: 'step', present, next };
}

/** Throws, with the work tree as it was, when a file is in the way or cannot be written. */
export async function takeStep(
  snapshots: Snapshots,
  { source, target }: Merging,
  { present, next }: Step,
): Promise<void> {
  const side = sideOf(snapshots, target.top);
  const alternates = [join(sideOf(snapshots, source), 'objects')];
  const own = { top: target.top, side, seed: join(side, 'index'), alternates };
  try {
    await withIndex(snapshots, own, async (git) => {
      await addChanges(git, target);
      await git('read-tree', '-m', '-u', present, next);
    });
  } catch (error) {
    await withIndex(snapshots, own, async (git) => {
      await addChanges(git, target);
      await git('read-tree', '-m', '-u', (await git('write-tree')).trim(), present);
    });
    throw error;
  }
}

// ---

async function commitOf(git: Git, tree: string, parent?: string): Promise<string> {
  return (await git('commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent]), '-m', 'state')).trim();
}
