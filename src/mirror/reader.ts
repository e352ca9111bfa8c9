/**
 * Reads task files as RavenClaws' loader takes them. A file that it would skip is reported by name and reason, and kept.
 * Writes nothing.
 */
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sentenceOf } from '../domain/errors.js';
import { isSafeId } from '../domain/id.js';
import type { TaskFile } from '../domain/wire.js';
import { FILE_FIELDS } from '../domain/wire.js';
import { problemOf, taskFileSchema } from '../domain/wire-schema.js';
import { codeOf } from '../durable/failure.js';
import type { Paths } from './paths.js';

export interface BrokenFile {
  readonly file: string;
  readonly reason: string;
}

export type FileRead =
  | { readonly kind: 'task'; readonly task: TaskFile; readonly extra: Readonly<Record<string, unknown>> }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string };

export interface TextRead {
  readonly text?: string;
  readonly read: FileRead;
}

export async function readTask(paths: Paths, id: string): Promise<FileRead> {
  return (await readTaskText(paths, id)).read;
}

/** As `readTask`, with the text itself, where it could be read at all. */
export async function readTaskText(paths: Paths, id: string): Promise<TextRead> {
  return readTaskFile(paths.task(id), id);
}

/** Every task of the directory, newest first, and every file that is none. */
export async function listTasks(paths: Paths): Promise<{ tasks: TaskFile[]; errors: BrokenFile[] }> {
  const tasks: TaskFile[] = [];
  const errors: BrokenFile[] = [];
  for (const name of await names(paths.tasks)) {
    const file = join(paths.tasks, name);
    const { read } = await readTaskFile(file, name.slice(0, -'.json'.length));
    if (read.kind === 'task') tasks.push(read.task);
    if (read.kind === 'broken') errors.push({ file, reason: read.reason });
  }
  tasks.sort((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0));
  return { tasks, errors };
}

/** The ids of the directory that start with the prefix, also of broken files. */
export async function idsWith(paths: Paths, prefix: string): Promise<string[]> {
  return (await names(paths.tasks)).map((name) => name.slice(0, -'.json'.length)).filter((id) => id.startsWith(prefix));
}

// ---

const MAX_BYTES = 64 * 1024 * 1024;

async function names(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.json') && name.length > '.json'.length);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function readTaskFile(path: string, id: string): Promise<TextRead> {
  try {
    const text = await readText(path);
    return { text, read: parseTask(text, id) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { read: { kind: 'absent' } };
    return { read: { kind: 'broken', reason: sentenceOf(error) } };
  }
}

/** Never follows a symlink, never waits for a pipe. */
async function readText(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > MAX_BYTES) throw new Error(`it is ${stat.size} bytes, more than ${MAX_BYTES}`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await file.readFile());
  } finally {
    await file.close();
  }
}

function parseTask(text: string, id: string): FileRead {
  const broken = (reason: string): FileRead => ({ kind: 'broken', reason });
  if (text.trim() === '') return broken('it is empty');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return broken(`it is no whole JSON: ${sentenceOf(error)}`);
  }
  const parsed = taskFileSchema.safeParse(value);
  if (!parsed.success) return broken(problemOf(parsed.error));
  if (!isSafeId(parsed.data.id))
    return broken(`its id ${JSON.stringify(parsed.data.id.slice(0, 80))} is no safe file name`);
  if (parsed.data.id !== id) return broken(`its id ${parsed.data.id} differs from its file name`);
  const known = new Set<string>(FILE_FIELDS);
  const extra = Object.fromEntries(Object.entries(parsed.data).filter(([key]) => !known.has(key)));
  return { kind: 'task', task: parsed.data as unknown as TaskFile, extra };
}
