/**
 * How far a step has come that a kill or an error has stopped in its middle, to finish it or to take it back. Of each file
 * that it was to change: whether it is as before, as it was to be, or a beginning of that, because it was being written.
 * What is none of these a person has changed since; it is left alone.
 */
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from './baseline.js';
import { type Git, gitIn } from './git.js';
import { addChanges, type Snapshots, sideOf, withIndex } from './snapshot.js';
import { bytesOfPath, entriesBetween, type TreeEntry, textOfPath } from './tree-entries.js';
import type { WorkTreePlace } from './work-tree.js';

export interface StepPlace {
  readonly target: WorkTreePlace;
  /** Object directories with the trees of the step. */
  readonly alternates: readonly string[];
}

export interface Rest extends Step {
  /** What a person has changed since. */
  readonly changed: readonly string[];
}

/** @returns what leads from the present state to the end of the step, or back to its beginning */
export async function restOfStep(
  snapshots: Snapshots,
  { target, alternates }: StepPlace,
  { present, next, goal }: Step & { readonly goal: 'next' | 'present' },
): Promise<Rest> {
  const side = sideOf(snapshots, target.top);
  const own = { top: target.top, side, alternates };
  const now = await withIndex(snapshots, { ...own, seed: join(side, 'index') }, async (git) => {
    await addChanges(git, target);
    return (await git('write-tree')).trim();
  });
  const git = gitIn(target.top, snapshots.env, { side, alternates });
  const stepped = await entriesBetween(git, present, next);
  const [fromPresent, fromNext] = [await entriesBetween(git, present, now), await entriesBetween(git, next, now)];
  const moving: string[] = [];
  const changed: string[] = [];
  for (const entry of stepped.values()) {
    const isAt = { present: !fromPresent.has(entry.path), next: !fromNext.has(entry.path) };
    if (isAt[goal]) continue;
    if (isAt.present || isAt.next || (await isBeginning(git, target.top, entry))) moving.push(entry.path);
    else changed.push(textOfPath(entry.path));
  }
  const wanted = goal === 'next' ? stepped : await entriesBetween(git, next, present);
  const tree = await withIndex(snapshots, { ...own, seed: join(side, 'scratch') }, async (index) => {
    await index('read-tree', now);
    const lines = moving.map((path) => lineOf(wanted.get(path), path));
    await index.bytes(['update-index', '-z', '--index-info'], { input: Buffer.from(lines.join(''), 'latin1') });
    return (await index('write-tree')).trim();
  });
  return { present: now, next: tree, changed };
}

// ---

/** For the index. */
function lineOf(entry: TreeEntry | undefined, path: string): string {
  return `${entry?.mode ?? '0'} ${entry?.blob ?? ''}\t${path}\0`;
}

async function isBeginning(git: Git, top: string, { mode, blob, path }: TreeEntry): Promise<boolean> {
  const at = bytesOfPath(top, path);
  const found = await lstat(at).catch(() => undefined);
  // Git removes the file before it writes it.
  if (!found) return true;
  if (!found.isFile() || !mode.startsWith('100')) return false;
  const whole = await git.bytes(['cat-file', 'blob', blob]);
  return whole.subarray(0, found.size).equals(await readFile(at));
}
