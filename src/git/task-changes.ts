/** What a task has changed since its baseline: the trees to compare. */
import type { ReadyBaseline } from './baseline.js';
import type { Compared } from './changes.js';
import { type Snapshots, sideOf, takeSnapshot } from './snapshot.js';

/** Throws when the state of the work tree cannot be taken. */
export async function comparedTrees(snapshots: Snapshots, baseline: ReadyBaseline): Promise<Compared> {
  const { top, directory, tree, end } = baseline;
  const { env, deadline } = snapshots;
  const to = end ?? (await takeSnapshot(snapshots, baseline)).tree;
  const side = sideOf(snapshots, top);
  return { top, side, from: tree, to, directory, env, ...(deadline === undefined ? {} : { deadline }) };
}
