/**
 * RavenClaws 1.1.0 as its neighbours meet it: the files that it wrote, the bytes that it writes, and how it writes them.
 * Not its source: what its documented format says.
 */
import { closeSync, copyFileSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_FIELDS, type TaskFile } from '../../src/domain/wire.js';
import type { Paths } from '../../src/mirror/paths.js';

export const FIXTURES = join(import.meta.dirname, 'fixtures/ravenclaws-1.1.0/tasks');
/** Left as `Running` by a kill; its checkpoint ends with a plain reply after one tool round. */
export const KILLED = '0bd5e576-9fea-4b85-9657-21c9d90d803c';

export interface TheirMessage {
  readonly role: string;
  readonly content: string;
  readonly content_parts?: readonly unknown[];
}

/** What its task file says of a task that it runs. */
export function theirTask(id: string, change: Partial<TaskFile> & Record<string, unknown> = {}): TaskFile {
  return {
    id,
    prompt: 'Count the Bäume.',
    system_prompt: 'You are an agent.',
    status: 'Running',
    result: null,
    error: null,
    created_at: '2026-03-01T08:00:00.123456789+00:00',
    updated_at: '2026-03-01T08:00:01.5+00:00',
    iterations: 0,
    provider: 'litellm',
    model: 'gpt-x',
    checkpoint: null,
    ...change,
  };
}

/** What it leaves behind when it is killed. */
export function theirCheckpoint(id: string, iteration: number, messages: readonly TheirMessage[]) {
  return {
    session_id: id,
    iteration,
    max_iterations: 10,
    messages,
    initial_prompt: 'Count the Bäume.',
    system_prompt: 'You are an agent.',
    provider: 'litellm',
    model: 'gpt-x',
    enable_tools: true,
    last_checkpoint: '2026-03-01T08:00:01.25+00:00',
  };
}

export const theirBytes = (value: unknown): string => JSON.stringify(value, null, 2);

/** What it keeps of a file when it writes it again: its own fields. */
export function rewritten(text: string, change: Partial<TaskFile>): string {
  const file = { ...(JSON.parse(text) as TaskFile), ...change };
  return theirBytes(Object.fromEntries(FILE_FIELDS.map((field) => [field, file[field]])));
}

/** Truncates and writes in place, never a temp file and never synced: readers may see nothing, or a part. */
export function writeInPlace(path: string, text: string, between: () => void = () => undefined): void {
  const file = openSync(path, 'w');
  try {
    ftruncateSync(file);
    between();
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

export function put(paths: Paths, task: TaskFile, checkpoint?: unknown): void {
  mkdirSync(paths.checkpoints, { recursive: true });
  writeInPlace(paths.task(task.id), theirBytes(task));
  if (checkpoint !== undefined) writeInPlace(paths.checkpoint(task.id), theirBytes(checkpoint));
}

export function putKilled(paths: Paths): TaskFile {
  mkdirSync(paths.checkpoints, { recursive: true });
  for (const name of [`${KILLED}.json`, `checkpoints/${KILLED}.json`]) {
    copyFileSync(join(FIXTURES, name), join(paths.tasks, name));
  }
  return JSON.parse(readFileSync(paths.task(KILLED), 'utf8')) as TaskFile;
}
