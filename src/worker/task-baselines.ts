/**
 * What a task starts from: noted once, before its first step on this host, and again at the end of a task that works in a
 * person's own work tree. Makes the work tree of a task that has one of its own.
 */
import { join } from 'node:path';
import type { MirrorPort, WorkspacePort } from '../../activities/ports.js';
import { sentenceOf } from '../domain/errors.js';
import { isDirectory } from '../files/is-directory.js';
import { readBaseline, type TaskBaseline, withoutEnd, writeBaseline } from '../git/baseline.js';
import { type Snapshots, takeSnapshot } from '../git/snapshot.js';
import { workTreeOf } from '../git/work-tree.js';
import { makeWorktree } from '../git/worktree.js';
import type { Paths } from '../mirror/paths.js';
import type { Environment } from '../processes/command-environment.js';

export interface BaselinesContext {
  readonly paths: Paths;
  readonly env: Environment;
}

export function createBaselines({ paths, env }: BaselinesContext): Pick<WorkspacePort, 'begin' | 'directoryOf'> {
  const snapshots = (ms?: number): Snapshots => snapshotsIn({ paths, env }, ms);
  return {
    directoryOf: (id, { worktree, workspace }) =>
      worktree === undefined ? workspace : join(paths.worktree(id), worktree.directory),
    async begin({ id, workspace, input: { name, worktree: start, continues } }) {
      const [baseline, path] = [paths.baseline(id), paths.worktree(id)];
      const known = await readBaseline(baseline);
      // What is there without a note was shipped from another host.
      if (start && (known || !(await isDirectory(path)))) {
        const source = continues?.kind === 'fork' ? paths.baseline(continues.from.id) : undefined;
        await makeWorktree(snapshots(), { id, name, start, path, baseline, source });
      } else if (!known || wasForgotten(known))
        await writeBaseline(baseline, await baselineOf(snapshots(START_MS), workspace));
      else if (known.kind === 'ready' && known.end !== undefined) await writeBaseline(baseline, withoutEnd(known));
    },
  };
}

/** A mirror that also notes what the workspace holds when a task ends. A task never waits for that, nor fails by it. */
export function notingEnds(mirror: MirrorPort, context: BaselinesContext): MirrorPort {
  return {
    async write(state) {
      const found = await mirror.write(state);
      if (state.record.state.kind !== 'running') void noteEnd(context, state.id).catch(() => undefined);
      return found;
    },
  };
}

// ---

/** The first step of the task waits for it. */
const START_MS = 10_000;
const END_MS = 60_000;

function snapshotsIn({ paths, env }: BaselinesContext, ms?: number): Snapshots {
  return { root: paths.snapshots, env, ...(ms === undefined ? {} : { deadline: performance.now() + ms }) };
}

/** A workspace whose state cannot be taken is noted too: later it would be that of a task in its middle. */
async function baselineOf(snapshots: Snapshots, workspace: string): Promise<TaskBaseline> {
  const place = workTreeOf(workspace);
  if (!place) return { kind: 'none', reason: `${workspace} is in no git repository` };
  try {
    const { tree } = await takeSnapshot(snapshots, place);
    return { kind: 'ready', ...place, commit: null, tree };
  } catch (error) {
    return { kind: 'none', reason: sentenceOf(error) };
  }
}

/** It continues so long after its end that its states were removed: it begins anew. */
function wasForgotten(known: TaskBaseline): boolean {
  return known.kind === 'none' && known.files !== undefined;
}

async function noteEnd(context: BaselinesContext, id: string): Promise<void> {
  const path = context.paths.baseline(id);
  const baseline = await readBaseline(path);
  if (baseline?.kind !== 'ready' || baseline.worktree) return;
  const { tree } = await takeSnapshot(snapshotsIn(context, END_MS), baseline);
  await writeBaseline(path, { ...baseline, end: tree });
}
