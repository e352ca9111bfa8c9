/**
 * The summary of each task that a table shows. A file whose stamps have not changed is not read again: its summary is
 * cached next to the files. Losing the cache costs time, never correctness.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { setImmediate as others } from 'node:timers/promises';
import { firstLine } from '../domain/task-id.js';
import type { TaskFile } from '../domain/wire.js';
import { replaceTextFile } from '../files/atomic-write.js';
import type { Paths } from './paths.js';
import { fileStampOf, readBytesSync } from './read-text.js';
import { BATCH_SIZE, type BrokenFile, namesIn, newestFirst, readTaskSync } from './reader.js';
import { sidecarsOf } from './sidecars.js';
import type { ListedOrder } from './write-order.js';

/** The prompt is reduced to its first line. */
export type TaskSummary = Pick<TaskFile, 'id' | 'prompt' | 'status' | 'created_at' | 'updated_at' | 'iterations'> &
  ListedOrder & {
    /** First line of the error or of the answer; empty before the end. */
    readonly outcome: string;
    /** Stamp of a file whose text can be given as it stands, as long as it has this stamp. */
    readonly plain?: string | undefined;
  };

/** With what its sidecars say: those are written before the file. */
export function summaryOf(paths: Paths, file: TaskFile): TaskSummary {
  const { id, prompt, status, created_at, updated_at, iterations, error, result } = file;
  const outcome = ownText(firstLine(error ?? result ?? '', OUTCOME_LENGTH));
  return {
    ...{ id, prompt: ownText(firstLine(prompt)), status, created_at, updated_at, iterations, outcome },
    ...sidecarsOf(paths, file),
  };
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
    const { text, read, stats } = readTaskSync(file, name);
    if (read.kind === 'broken') errors.push({ file, reason: read.reason });
    if (read.kind !== 'task') continue;
    // The stamp from before the read: a file written meanwhile has another one and is read again.
    const stamp = stats && stampOf(stats);
    const isPlain = read.isPlain && name === `${read.task.id}.json` && isPrintable(text ?? '', stats?.size);
    const head = { ...summaryOf(paths, read.task), ...(isPlain && stamp !== undefined ? { plain: stamp } : {}) };
    tasks.push(head);
    if (stamp === undefined) continue;
    updated[name] = { stamp, head };
    changed = true;
  }
  if (changed) await writeCache(paths.heads, updated);
  return { tasks: newestFirst(tasks), errors };
}

/**
 * The bytes of a file that has not changed since the summary was made; undefined for any other. They are valid until the
 * next file is read.
 */
export function unchangedBytes(paths: Paths, { id, plain }: Pick<TaskSummary, 'id' | 'plain'>): Buffer | undefined {
  if (plain === undefined) return undefined;
  try {
    const reading = readBytesSync(paths.task(id));
    return reading && stampOf(reading.stats) === plain ? reading.bytes : undefined;
  } catch {
    return undefined;
  }
}

// ---

interface Remembered {
  readonly stamp: string;
  readonly head: TaskSummary;
}

const OUTCOME_LENGTH = 100;
const SUMMARY_CLOCK_STEP_MS = 1_000;
/** Of the summaries: those of another version have no stamp of this one. */
const VERSION = 3;

/** A part of a text keeps all of it in memory, and thousands of long texts are slow to move there. */
function ownText(part: string): string {
  return Buffer.from(part).toString();
}

/** What JSON leaves as it is, and a terminal interprets. */
const INTERPRETED = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Nothing in the text has to be escaped for a terminal. `bytes`: as many as characters are ASCII. */
function isPrintable(text: string, bytes: number | undefined): boolean {
  return text.length === bytes ? !text.includes('\u007f') : !INTERPRETED.test(text);
}

/** @returns undefined when it is too new to be cached */
function stampOf(stats: Parameters<typeof fileStampOf>[0]): string | undefined {
  const stamp = fileStampOf(stats, SUMMARY_CLOCK_STEP_MS);
  return stamp && `${VERSION} ${stamp}`;
}

/** @returns the stamp; undefined when it is not a file, or too new to be cached */
function stampAt(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? stampOf(found) : undefined;
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
