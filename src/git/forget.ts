/**
 * Removes the states of work trees that no task needs any more. Decides nothing about tasks; what is newer than a day stays,
 * because a command or a worker may be about to use it.
 */
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { NoBaseline, ReadyBaseline, TaskBaseline } from './baseline.js';
import { changedFiles } from './changes.js';
import { gitIn } from './git.js';
import { READY } from './side-repository.js';
import { type Snapshots, sideOf } from './snapshot.js';
import { comparedTrees } from './task-changes.js';

/** What is left of a note when its states go. Throws nothing. */
export async function recorded(snapshots: Snapshots, baseline: ReadyBaseline, reason: string): Promise<NoBaseline> {
  // Without its end the files of the person would count as changes of the task.
  const compared =
    baseline.end === undefined ? undefined : await comparedTrees(snapshots, baseline).catch(() => undefined);
  const files = compared ? await changedFiles(compared).catch(() => null) : null;
  return { kind: 'none', reason, files };
}

export interface Unused {
  readonly now: number;
  /** Tops of the work trees of which states were given up. */
  readonly stale: ReadonlySet<string>;
}

/** Removes repositories that no note names, and from those of `stale` the states that none names. Throws nothing. */
export async function removeUnused(
  snapshots: Snapshots,
  notes: readonly TaskBaseline[],
  { now, stale }: Unused,
): Promise<void> {
  const needed = statesIn(snapshots, notes);
  const toPrune = new Set([...stale].map((top) => sideOf(snapshots, top)));
  for (const name of await readdir(snapshots.root).catch((): string[] => [])) {
    if (!SIDE.test(name)) continue;
    const side = join(snapshots.root, name);
    const trees = needed.get(side);
    // After a kill between a note and the removal a later start does it.
    const isDue = toPrune.has(side) || (await isOlder(join(side, READY), now, MONTH_MS));
    if (trees !== undefined && isDue) await prune(snapshots, side, [...trees]).catch(() => undefined);
    else if (trees === undefined && (await isOlder(side, now, DAY_MS)))
      await rm(side, { recursive: true, force: true }).catch(() => undefined);
  }
}

// ---

const DAY_MS = 24 * 60 * 60_000;
const MONTH_MS = 30 * DAY_MS;
const SIDE = /^[0-9a-f]{32}$/;

/** Of each repository the trees that notes name; one that is still to be made has none. */
function statesIn(snapshots: Snapshots, notes: readonly TaskBaseline[]): Map<string, Set<string>> {
  const states = new Map<string, Set<string>>();
  const need = (top: string, ...trees: readonly (string | undefined)[]): void => {
    const side = sideOf(snapshots, top);
    const known = states.get(side) ?? new Set<string>();
    for (const tree of trees) if (tree !== undefined) known.add(tree);
    states.set(side, known);
  };
  for (const note of notes) {
    if (note.kind === 'making') need(note.worktree.path);
    if (note.kind !== 'ready') continue;
    const { top, tree, end, applied, applying, worktree } = note;
    need(top, tree, end, applied);
    if (worktree && applying) need(worktree.repository, applying.present, applying.next);
  }
  return states;
}

/** The index keeps what it names by itself. */
async function prune({ env }: Snapshots, side: string, trees: readonly string[]): Promise<void> {
  const git = gitIn(side, env, { side });
  const input = Buffer.from(trees.map((tree) => `${tree}\n`).join(''));
  const checked = (await git.bytes(['cat-file', '--batch-check=%(objectname) %(objecttype)'], { input })).toString();
  const present = checked.split('\n').flatMap((line) => /^(\w+) tree$/.exec(line)?.[1] ?? []);
  await git('prune', '--expire=1.day.ago', '--', ...present);
  await utimes(join(side, READY), new Date(), new Date());
}

async function isOlder(path: string, now: number, ms: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && now - found.mtimeMs > ms;
}
