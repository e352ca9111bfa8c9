/**
 * The check of `doctor` for the worktrees of tasks that have ended: nothing removes what a person has not applied, so it says
 * what there is. No failure.
 */
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTerminal } from '../domain/task.js';
import { idOfFileName, shortId } from '../domain/task-id.js';
import type { Paths } from '../mirror/paths.js';
import { readTask } from '../mirror/reader.js';
import type { DoctorCheck } from './doctor-check.js';
import { plural } from './render.js';

/** Nothing where there are none. */
export async function worktreeCheck(paths: Paths): Promise<DoctorCheck[]> {
  const names = await readdir(paths.worktrees).catch((): string[] => []);
  const ids = names.flatMap((name) => idOfFileName(name) ?? []);
  const left: Left[] = [];
  const budget: Budget = { entries: MOST_ENTRIES };
  for (const id of ids) if (await hasEnded(paths, id)) left.push(await lookAt(paths, id, budget));
  if (left.length === 0) return [];
  left.sort((a, b) => a.since - b.since);
  const bytes = left.reduce((sum, one) => sum + one.bytes, 0);
  const shown = left.slice(0, SHOWN).map(({ id }) => shortId(id));
  const more = left.length > SHOWN ? ' …' : '';
  const message = [
    `${plural(left.length, 'worktree')} of tasks that have ended`,
    `${budget.entries <= 0 ? 'at least ' : ''}${sizeText(bytes)}`,
    `the oldest ${plural(daysSince(left[0]?.since ?? 0), 'day')} old`,
  ].join(', ');
  const remove = `rookery discard ${shown.join(' ')}${more}`;
  return [
    { name: 'worktrees', ok: true, message: `${message}; rookery apply ID takes one over, ${remove} removes them` },
  ];
}

// ---

const SHOWN = 5;
/** A look at millions of files would take minutes. */
const MOST_ENTRIES = 200_000;
const BLOCK = 512;

interface Left {
  readonly id: string;
  readonly bytes: number;
  /** When the task was last noted, in milliseconds since 1970. */
  readonly since: number;
}

interface Budget {
  entries: number;
}

/** A task whose file is gone is none that runs here. */
async function hasEnded(paths: Paths, id: string): Promise<boolean> {
  const read = await readTask(paths, id);
  return read.kind === 'absent' || (read.kind === 'task' && isTerminal(read.task.status));
}

async function lookAt(paths: Paths, id: string, budget: Budget): Promise<Left> {
  const noted = await stat(paths.baseline(id)).catch(() => stat(paths.worktree(id)));
  return { id, bytes: await bytesIn(paths.worktree(id), budget), since: noted.mtimeMs };
}

async function bytesIn(path: string, budget: Budget): Promise<number> {
  if (budget.entries-- <= 0) return 0;
  const found = await lstat(path).catch(() => undefined);
  if (!found) return 0;
  let bytes = found.blocks * BLOCK;
  if (found.isDirectory())
    for (const name of await readdir(path).catch((): string[] => [])) bytes += await bytesIn(join(path, name), budget);
  return bytes;
}

function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function daysSince(millis: number): number {
  return Math.max(0, Math.floor((Date.now() - millis) / 86_400_000));
}
