/**
 * Writes a copy of a task: its record and conversation as JSON, and a Markdown transcript for people. The conversation
 * comes from Temporal, or where it has none from the checkpoint file. The task itself is not touched.
 */
import { existsSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import type { Message } from '../domain/conversation.js';
import { RookeryError } from '../domain/errors.js';
import { fileNameOf } from '../domain/task-id.js';
import { fullTranscript } from '../domain/transcript.js';
import type { Checkpoint, TaskFile } from '../domain/wire.js';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import { notedIn, removeNotedLeftovers } from '../files/temporary-notes.js';
import { readCheckpoint } from '../mirror/checkpoint-reader.js';
import type { Paths } from '../mirror/paths.js';
import { project } from '../mirror/project.js';
import { readTask } from '../mirror/reader.js';
import { type ManagerContext, notFound } from './context.js';
import { describe } from './describe-workflow.js';
import { type Rebuilt, rebuild } from './rebuild.js';

export interface Exported {
  readonly id: string;
  /** What was asked for: the file, or the directory. */
  readonly path: string;
  /** Every file that was written. */
  readonly files: readonly string[];
}

/** The JSON file of an export. */
export interface TaskCopy {
  /** As in the task file. */
  readonly task: TaskFile;
  /** With the calls, their results and where each reply came from; null when Temporal has no history of the task. */
  readonly conversation: readonly Message[] | null;
  /** As in the checkpoint file; null without one. */
  readonly checkpoint: Checkpoint | null;
}

export async function exportTask(context: ManagerContext, id: string, to: string): Promise<Exported> {
  const path = resolve(to);
  const copy = await copyOf(context, id);
  const texts: Record<string, () => string> = {
    '.json': () => `${JSON.stringify(copy, null, 2)}\n`,
    '.md': () => `${fullTranscript(copy.task, copy.conversation ?? messagesOf(copy.checkpoint))}\n`,
  };
  const text = texts[extname(path)];
  await removeNotedLeftovers(context.paths.temporary);
  if (!isDirectory(path) && text) return { id, path, files: [await write(context, path, text())] };
  if (!isDirectory(path) && extname(path) !== '' && !to.endsWith('/')) {
    throw new RookeryError('usage', `An export is no ${extname(path)} file`, {
      hint: 'Name a file that ends in .json or .md, or a directory',
    });
  }
  await makeDirectory(path);
  const files: string[] = [];
  for (const [ending, content] of Object.entries(texts))
    files.push(await write(context, join(path, fileNameOf(id) + ending), content()));
  return { id, path, files };
}

// ---

async function copyOf({ paths, client }: ManagerContext, id: string): Promise<TaskCopy> {
  const at = client && (await describe(client, id));
  const rebuilt = client && at && (await rebuild(client, id, at.runId));
  const checkpoint = await readCheckpoint(paths, id);
  return {
    task: await taskOf(paths, id, rebuilt),
    conversation: rebuilt ? rebuilt.messages : null,
    checkpoint: checkpoint.kind === 'checkpoint' ? checkpoint.checkpoint : null,
  };
}

/** Of the file, or where this host has none, as the file would be. */
async function taskOf(paths: Paths, id: string, rebuilt: Rebuilt | undefined): Promise<TaskFile> {
  const read = await readTask(paths, id);
  if (read.kind === 'task') return read.task;
  if (rebuilt) return JSON.parse(project({ id, ...rebuilt }).task) as TaskFile;
  if (read.kind === 'absent') throw notFound(id);
  throw new RookeryError('bad_input', `The file of task '${id}' is broken: ${read.reason}`);
}

/** The text protocol has no calls of its own: they are in the texts. */
function messagesOf(checkpoint: Checkpoint | null): Message[] {
  return (checkpoint?.messages ?? []).map(({ role, content }) => ({ role, content }) as Message);
}

/** In a directory of the person: what a kill leaves there is noted, and the next command or worker removes it. */
async function write({ paths }: ManagerContext, path: string, text: string): Promise<string> {
  if (await writeDurably(path, text, { exclusive: true, noted: notedIn(paths.temporary) })) return path;
  throw new RookeryError('bad_input', `${path} exists`, { hint: 'Name another file with --to' });
}

function isDirectory(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
