/**
 * What another program wrote into the file of a task that is ours, told by its hash. Decides what that means; writes
 * nothing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Found } from '../domain/foreign.js';
import { isTerminal } from '../domain/task.js';
import type { TaskFile } from '../domain/wire.js';
import { hashOf, type Order } from './order.js';
import type { Paths } from './paths.js';
import { type FileRead, readTaskText } from './reader.js';

export interface Look {
  /** SHA-256 of what is there; undefined: no file. */
  readonly hash: string | undefined;
  readonly found: Found | undefined;
}

/** A writer that truncates and writes in place is half-way for a moment only. */
const LOOKS = 6;
const BETWEEN_MS = 30;

/** Undefined order: we have written nothing yet, and only an end is news: our own submit wrote the rest. */
export async function lookAt(paths: Paths, id: string, order: Order | undefined): Promise<Look> {
  for (let look = 1; ; look++) {
    const { text, read } = await readTaskText(paths, id);
    const hash = text === undefined ? undefined : hashOf(text);
    if (hash !== undefined && order?.hashes.includes(hash)) return { hash, found: undefined };
    // A half-written file is no news, and no truth: after some looks ours replaces it.
    if (read.kind === 'broken' && look < LOOKS) await pause(BETWEEN_MS);
    else return { hash, found: meaningOf(read, order !== undefined) };
  }
}

// ---

function meaningOf(read: FileRead, ours: boolean): Found | undefined {
  if (read.kind !== 'task') return undefined;
  const { status }: TaskFile = read.task;
  if (isTerminal(status)) return { kind: 'ended', status };
  return ours ? { kind: 'rival', status } : undefined;
}
