/**
 * Reads task files as RavenClaws' loader does. A file that it would skip is reported by name and reason, and kept.
 * Writes nothing.
 */
import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setImmediate as others } from 'node:timers/promises';
import { fileNameOf, idOfFileName } from '../domain/task-id.js';
import type { TaskFile } from '../domain/wire.js';
import { codeOf, fileProblem, workdirError } from '../files/errors.js';
import type { Paths } from './paths.js';
import { readText, readTextSync } from './read-text.js';
import { type ParsedTask, parseTask } from './task-file.js';

export interface BrokenFile {
  readonly file: string;
  readonly reason: string;
}

export type FileRead =
  | ({ readonly kind: 'task' } & ParsedTask)
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string };

export interface TextRead {
  readonly text?: string | undefined;
  readonly read: FileRead;
}

export async function readTask(paths: Paths, id: string): Promise<FileRead> {
  return (await readTaskText(paths, id)).read;
}

/** Like `readTask`, with the text itself where it could be read. */
export async function readTaskText(paths: Paths, id: string): Promise<TextRead> {
  return readTaskFile(paths.task(id), fileNameOf(id));
}

/** Batch size that lets a worker do other work between batches; one batch takes a millisecond or two. */
export const BATCH_SIZE = 32;

/** Every task of the directory, newest first, and every file that is not a task. */
export async function listTasks(paths: Paths): Promise<{ tasks: TaskFile[]; errors: BrokenFile[] }> {
  const tasks: TaskFile[] = [];
  const errors: BrokenFile[] = [];
  for (const [n, name] of (await namesIn(paths.tasks)).entries()) {
    if (n % BATCH_SIZE === BATCH_SIZE - 1) await others();
    const file = `${paths.tasks}/${name}`;
    const { read } = readTaskSync(file, name);
    if (read.kind === 'task') tasks.push(read.task);
    if (read.kind === 'broken') errors.push({ file, reason: read.reason });
  }
  return { tasks: newestFirst(tasks), errors };
}

/** Sorts in place. */
export function newestFirst<T extends { readonly created_at: string }>(tasks: T[]): T[] {
  return tasks.sort((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0));
}

/** Reads one file of the tasks directory synchronously. `stats`: taken before it was read. */
export function readTaskSync(path: string, name: string): TextRead & { readonly stats?: Stats } {
  try {
    const reading = readTextSync(path);
    const read = parsed(reading?.text, name.slice(0, -'.json'.length));
    return reading ? { ...read, stats: reading.stats } : read;
  } catch (error) {
    return { read: { kind: 'broken', reason: fileProblem(error) } };
  }
}

/** The names of all files that may hold a task. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.json') && name.length > '.json'.length);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw workdirError('list', directory, error);
  }
}

/** The ids in the directory that start with the prefix, or whose file names do, including those of broken files. */
export async function idsWith(paths: Paths, prefix: string): Promise<string[]> {
  return (await namesIn(paths.tasks)).flatMap((file) => {
    const name = file.slice(0, -'.json'.length);
    const id = idOfFileName(name) ?? name;
    return id.startsWith(prefix) || name.startsWith(prefix) ? [id] : [];
  });
}

/** The parsed text; undefined text means that there is no file. `fileName`: without `.json`. */
export function parsed(text: string | undefined, fileName: string): TextRead {
  if (text === undefined) return { read: { kind: 'absent' } };
  try {
    return { text, read: { kind: 'task', ...parseTask(text, fileName) } };
  } catch (error) {
    return { text, read: { kind: 'broken', reason: fileProblem(error) } };
  }
}

// ---

async function readTaskFile(path: string, fileName: string): Promise<TextRead> {
  try {
    return parsed(await readText(path), fileName);
  } catch (error) {
    return { read: { kind: 'broken', reason: fileProblem(error) } };
  }
}
