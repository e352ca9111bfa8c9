/**
 * Detects, by hash, what another program wrote into the file of one of our tasks, and decides what that means. Writes
 * nothing.
 */
import { lstatSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExternalEdit } from '../domain/external-edit.js';
import { isTerminal } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import type { TaskFile } from '../domain/wire.js';
import type { Paths } from './paths.js';
import { hashAt, readTextSync } from './read-text.js';
import { type FileRead, parsed, readTaskText, type TextRead } from './reader.js';
import { hashOf, type WriteOrder } from './write-order.js';

export interface Inspection {
  /** Hash of the file; undefined when there is no readable file. */
  readonly hash: string | undefined;
  /** The text, where it had to be read. */
  readonly text?: string | undefined;
  /** The text is a complete task file. */
  readonly isComplete: boolean;
  readonly found: ExternalEdit | undefined;
}

/** A writer that truncates and writes in place leaves a partial file for a moment only. */
const MAX_READS = 6;
const RETRY_MS = 30;

/**
 * With an undefined order we have written nothing yet, and only an end is an external edit: our own submit wrote the
 * rest.
 */
export async function inspectFile(paths: Paths, id: string, order: WriteOrder | undefined): Promise<Inspection> {
  const known = order?.hashes ?? [];
  const hash = order && ourHash(paths, id, order);
  if (hash !== undefined) return { hash, isComplete: true, found: undefined };
  return inspect(() => readTaskText(paths, id), known, order !== undefined);
}

/** Like `inspectFile`, for a file of ours that another program is writing. */
export function inspectText(id: string, text: () => string | undefined): Promise<Inspection> {
  return inspect(async () => parsed(text(), fileNameOf(id)), [], true);
}

/**
 * @returns our hash when the file is as we left it, the usual case, told without parsing; undefined when it is
 * different or missing
 */
export function ourHash(paths: Paths, id: string, { hashes }: WriteOrder): string | undefined {
  const path = paths.task(id);
  try {
    const hash = hashAt(path, lstatSync(path), () => readTextSync(path)?.text);
    return hash !== undefined && hashes.includes(hash) ? hash : undefined;
  } catch {
    return undefined;
  }
}

// ---

async function inspect(
  read: () => Promise<TextRead>,
  known: readonly string[],
  isKnownTask: boolean,
): Promise<Inspection> {
  for (let reads = 1; ; reads++) {
    const { text, read: found } = await read();
    const hash = text === undefined ? undefined : hashOf(text);
    if (hash !== undefined && known.includes(hash)) return { text, hash, isComplete: true, found: undefined };
    // A partial file is not an external edit: after some reads our write replaces it.
    if (found.kind === 'broken' && reads < MAX_READS) await pause(RETRY_MS);
    else return { text, hash, isComplete: found.kind === 'task', found: externalEditOf(found, isKnownTask) };
  }
}

function externalEditOf(read: FileRead, isKnownTask: boolean): ExternalEdit | undefined {
  if (read.kind !== 'task') return undefined;
  const { status }: TaskFile = read.task;
  if (isTerminal(status)) return { kind: 'ended', status };
  return isKnownTask ? { kind: 'rival', status } : undefined;
}
