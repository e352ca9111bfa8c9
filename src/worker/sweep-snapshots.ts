/**
 * Forgets, at the start of a worker, what a workspace held before and after tasks that ended long ago: the numbers of their
 * status are recorded, and the states go. A work tree that was not applied is never touched.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { idOfFileName } from '../domain/task-id.js';
import { withLock } from '../files/file-lock.js';
import { isDirectory } from '../files/is-directory.js';
import { readBaseline, type TaskBaseline, writeBaseline } from '../git/baseline.js';
import { recorded, removeUnused } from '../git/forget.js';
import type { Snapshots } from '../git/snapshot.js';
import type { Paths } from '../mirror/paths.js';
import type { Environment } from '../processes/command-environment.js';

export interface SweepContext {
  readonly paths: Paths;
  readonly env: Environment;
  /** True also where that is not known. */
  isOpen(task: string): Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export async function sweepSnapshots(context: SweepContext): Promise<void> {
  const { paths, env, now } = context;
  if (!(await isDirectory(paths.snapshots))) return;
  const snapshots: Snapshots = { root: paths.snapshots, env };
  const names = (await readdir(paths.side)).filter((name) => name.endsWith(NOTE));
  const notes: TaskBaseline[] = [];
  const stale = new Set<string>();
  for (const name of names) {
    const path = join(paths.side, name);
    const id = idOfFileName(name.slice(0, -NOTE.length));
    const top = id === undefined ? undefined : await forget(context, snapshots, { id, path });
    if (top !== undefined) stale.add(top);
    const note = await readBaseline(path);
    if (note) notes.push(note);
  }
  await removeUnused(snapshots, notes, { now, stale });
}

// ---

const NOTE = '~baseline';
const KEPT_DAYS = 30;
const KEPT_MS = KEPT_DAYS * 24 * 60 * 60_000;
const LOCK_MS = 1_000;
const REASON = `the states of its workspace were removed ${KEPT_DAYS} days after its end`;

interface Note {
  readonly id: string;
  readonly path: string;
}

/** @returns the top of the work tree whose states it has given up; undefined when the note stays as it is */
async function forget(context: SweepContext, snapshots: Snapshots, note: Note): Promise<string | undefined> {
  const { id, path } = note;
  if (!(await isOld(path, context.now)) || !(await mayGo(path)) || (await context.isOpen(id))) return undefined;
  const give = async (): Promise<string | undefined> => {
    const baseline = await readBaseline(path);
    if (baseline?.kind !== 'ready' || !(await isOld(path, context.now)) || !(await mayGo(path))) return undefined;
    await writeBaseline(path, await recorded(snapshots, baseline, REASON));
    return baseline.top;
  };
  return withLock(`${path}~lock`, give, LOCK_MS).catch(() => undefined);
}

async function isOld(path: string, now: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && now - found.mtimeMs > KEPT_MS;
}

/** What a person may still apply stays, and what an interrupted `apply` is to finish. */
async function mayGo(path: string): Promise<boolean> {
  const baseline = await readBaseline(path);
  if (baseline?.kind !== 'ready' || baseline.applying) return false;
  return !baseline.worktree || (baseline.end !== undefined && !(await isDirectory(baseline.top)));
}
