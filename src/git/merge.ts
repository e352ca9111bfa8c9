/**
 * Takes the changes between two trees over into a work tree, three-way. All of it is computed in a repository of ours
 * first; git writes into the work tree only after it has seen that nothing is in the way, and what it could not write
 * whole is taken back.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from './baseline.js';
import { type Git, gitIn } from './git.js';
import { type Rest, restOfStep, type StepPlace } from './interrupted-step.js';
import { addChanges, type Snapshots, sideOf, takeSnapshot, withIndex } from './snapshot.js';
import { bytesOfPath, entriesBetween, isNothing, type TreeEntry, textOfPath } from './tree-entries.js';
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
  /** Nothing can be taken over. `in the way`: files that git ignores. */
  | { readonly kind: 'conflict' | 'in the way'; readonly paths: readonly string[] };

export type Taken = { readonly kind: 'taken' } | { readonly kind: 'undone'; readonly error: unknown };

/** Writes nothing into the work tree. Throws when git fails. */
export async function planMerge(snapshots: Snapshots, merging: Merging): Promise<Planned> {
  const { from, to, target } = merging;
  const { side, tree: present } = await takeSnapshot(snapshots, target);
  const { alternates } = placeOf(snapshots, merging);
  const git = gitIn(target.top, snapshots.env, { side, alternates });
  // Of trees alone git before 2.45 finds no base.
  const base = await commitOf(git, from);
  const [ours, theirs] = [await commitOf(git, present, base), await commitOf(git, to, base)];
  const options = ['--write-tree', '-z', '--name-only', '--no-messages'];
  const answer = await git.bytes(['merge-tree', ...options, ours, theirs], { accepted: [1] });
  const [next = '', ...paths] = answer.toString().split('\0').filter(Boolean);
  if (paths.length > 0) return { kind: 'conflict', paths };
  const entries = [...(await entriesBetween(git, present, next)).values()];
  const hidden = await pathsInTheWay(target.top, entries);
  if (hidden.length > 0) return { kind: 'in the way', paths: hidden };
  await copyBlobs(git, gitIn(target.top, snapshots.env, { side }), entries);
  return { kind: 'step', present, next };
}

/** @returns what a step that a kill has interrupted left to do. Throws when git fails. */
export function planRest(snapshots: Snapshots, merging: Merging, step: Step): Promise<Rest> {
  return restOfStep(snapshots, placeOf(snapshots, merging), { ...step, goal: 'next' });
}

/** `undone`: a file was in the way, or could not be written, and the work tree is as it was. Throws when it may not be. */
export async function takeStep(snapshots: Snapshots, merging: Merging, step: Step): Promise<Taken> {
  try {
    await become(snapshots, merging, step);
    return { kind: 'taken' };
  } catch (error) {
    const back = await restOfStep(snapshots, placeOf(snapshots, merging), { ...step, goal: 'present' });
    await become(snapshots, merging, back);
    return { kind: 'undone', error };
  }
}

// ---

function placeOf(snapshots: Snapshots, { source, target }: Merging): StepPlace {
  return { target, alternates: [join(sideOf(snapshots, source), 'objects')] };
}

/** Git looks at all of it before it writes. */
async function become(snapshots: Snapshots, merging: Merging, { present, next }: Step): Promise<void> {
  const { target, alternates } = placeOf(snapshots, merging);
  const side = sideOf(snapshots, target.top);
  await withIndex(snapshots, { top: target.top, side, seed: join(side, 'index'), alternates }, async (git) => {
    await addChanges(git, target);
    await git('read-tree', '-m', '-u', present, next);
  });
}

async function commitOf(git: Git, tree: string, parent?: string): Promise<string> {
  return (await git('commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent]), '-m', 'state')).trim();
}

/** What is there and in no state of the work tree is ignored by git, which would write over it. */
async function pathsInTheWay(top: string, entries: readonly TreeEntry[]): Promise<string[]> {
  const known = new Set(entries.filter(({ modeBefore }) => !isNothing(modeBefore)).map(({ path }) => path));
  const found = new Set<string>();
  for (const { modeBefore, path } of entries) {
    if (!isNothing(modeBefore)) continue;
    const parts = path.split('/');
    const above = parts.map((_, n) => parts.slice(0, n + 1).join('/'));
    for (const at of above) {
      const stats = known.has(at) ? undefined : await lstat(bytesOfPath(top, at)).catch(() => undefined);
      const isOwn = at !== path || [...known].some((one) => one.startsWith(`${at}/`));
      if (stats && !(stats.isDirectory() && isOwn)) found.add(textOfPath(at));
    }
  }
  return [...found];
}

/** The index of the target refers to them; the repository that has them may be removed with its work tree. */
async function copyBlobs(from: Git, to: Git, entries: readonly TreeEntry[]): Promise<void> {
  const blobs = entries.filter(({ mode }) => /^1[02]0/.test(mode)).map(({ blob }) => `${blob}\n`);
  if (blobs.length === 0) return;
  const input = await from.bytes(['pack-objects', '-q', '--stdout'], { input: Buffer.from(blobs.join('')) });
  await to.bytes(['unpack-objects', '-q'], { input });
}
