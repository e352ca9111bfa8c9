/**
 * Takes the changes between two trees over into a work tree, three-way. All of it is computed in a repository of ours
 * first; git writes into the work tree only after it has seen that nothing is in the way, and what it could not write
 * whole is taken back.
 */
import { join } from 'node:path';
import type { Step } from './baseline.js';
import { type Git, gitIn } from './git.js';
import { type Rest, restOfStep } from './interrupted-step.js';
import { addChanges, type Snapshots, sideOf, takeSnapshot, withIndex } from './snapshot.js';
import type { WorkTreePlace } from './work-tree.js';

export interface Merging {
  /** Top of the work tree whose states the trees are. */
  readonly source: string;
  readonly from: string;
  readonly to: string;
  readonly target: WorkTreePlace;
}

export type Planned =
  | (Step & { readonly kind: 'step' })
  /** Nothing can be taken over. */
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

export type Taken = { readonly kind: 'taken' } | { readonly kind: 'undone'; readonly error: unknown };

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

/** @returns what a step that a kill has interrupted left to do. Throws when git fails. */
export function planRest(snapshots: Snapshots, { source, target }: Merging, step: Step): Promise<Rest> {
  return restOfStep(snapshots, { target, alternates: [join(sideOf(snapshots, source), 'objects')] }, step);
}

/** `undone`: a file was in the way, or could not be written, and the work tree is as it was. Throws when it may not be. */
export async function takeStep(snapshots: Snapshots, { source, target }: Merging, step: Step): Promise<Taken> {
  const side = sideOf(snapshots, target.top);
  const alternates = [join(sideOf(snapshots, source), 'objects')];
  const own = { top: target.top, side, seed: join(side, 'index'), alternates };
  const become = (tree: (git: Git) => Promise<string>, next: string): Promise<string> =>
    withIndex(snapshots, own, async (git) => {
      await addChanges(git, target);
      return git('read-tree', '-m', '-u', await tree(git), next);
    });
  try {
    await become(async () => step.present, step.next);
    return { kind: 'taken' };
  } catch (error) {
    await become(async (git) => (await git('write-tree')).trim(), step.present);
    return { kind: 'undone', error };
  }
}

// ---

async function commitOf(git: Git, tree: string, parent?: string): Promise<string> {
  return (await git('commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent]), '-m', 'state')).trim();
}
