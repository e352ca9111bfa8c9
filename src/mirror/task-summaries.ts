/**
 * The summary of each task that a table shows. A file whose stamps have not changed is not read again: its summary is
 * cached next to the files. Losing the cache costs time, never correctness.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { setImmediate as others } from 'node:timers/promises';
import type { Usage } from '../domain/task.js';
import { firstLine } from '../domain/task-id.js';
import type { TaskFile } from '../domain/wire.js';
import { replaceTextFile } from '../files/atomic-write.js';
import type { Paths } from './paths.js';
import { fileStampOf } from './read-text.js';
import { BATCH_SIZE, type BrokenFile, namesIn, newestFirst, readTaskSync } from './reader.js';
import { spentIn } from './write-order.js';

/** The prompt is reduced to its first line. */
export type TaskSummary = Pick<TaskFile, 'id' | 'prompt' | 'status' | 'created_at' | 'iterations'> & {
  readonly spent?: Usage;
};

/** With what its sidecar says: that is written before the file. */
export function summaryOf(paths: Paths, { id, prompt, status, created_at, iterations }: TaskFile): TaskSummary {
  return { id, prompt: firstLine(prompt), status, created_at, iterations, ...spentIn(paths.order(id)) };
}

/** Like `listTasks`. */
export async function listSummaries(paths: Paths): Promise<{ tasks: TaskSummary[]; errors: BrokenFile[] }> {
  const known = readCache(paths.heads);
  const updated: Record<string, Remembered> = {};
  const tasks: TaskSummary[] = [];
  const errors: BrokenFile[] = [];
  let changed = false;
  for (const [n, name] of (await namesIn(paths.tasks)).entries()) {
    if (n % BATCH_SIZE === BATCH_SIZE - 1) await others();
    const file = `${paths.tasks}/${name}`;
    const remembered = known[name];
    if (remembered?.stamp && remembered.stamp === stampAt(file)) {
      updated[name] = remembered;
      tasks.push(remembered.head);
      continue;
    }
    const { read, stats } = readTaskSync(file, name);
    if (read.kind === 'broken') errors.push({ file, reason: read.reason });
    if (read.kind !== 'task') continue;
    const head = summaryOf(paths, read.task);
    tasks.push(head);
    // The stamp from before the read: a file written meanwhile has another one and is read again.
    const stamp = stats && fileStampOf(stats, SUMMARY_CLOCK_STEP_MS);
    if (stamp === undefined) continue;
    updated[name] = { stamp, head };
    changed = true;
  }
  if (changed) await writeCache(paths.heads, updated);
  return { tasks: newestFirst(tasks), errors };
}

// ---

interface Remembered {
  readonly stamp: string;
  readonly head: TaskSummary;
}

const SUMMARY_CLOCK_STEP_MS = 1_000;

/** @returns the stamp; undefined when it is not a file, or too new to be cached */
function stampAt(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? fileStampOf(found, SUMMARY_CLOCK_STEP_MS) : undefined;
}

function readCache(path: string): Record<string, Remembered> {
  try {
    return Object.assign(Object.create(null), JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}

/** Creates nothing where we have no files yet: the directory may belong to another program. */
async function writeCache(path: string, heads: Record<string, Remembered>): Promise<void> {
  // On failure the next list reads the files again.
  await replaceTextFile(path, JSON.stringify(heads), { sync: false }).catch(() => undefined);
}
