/**
 * Keeps the task tokens of the activities that run on this host on disk (0600): another worker here, or the next one,
 * fails those of a dead process at once, so that recovery does not wait for a heartbeat timeout. Losing one costs
 * seconds, never work.
 */
import { mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { TASK_QUEUE } from '../domain/protocol.js';
import { ignoring } from '../files/errors.js';
import { processIdentity } from '../files/process-identity.js';
import {
  isAbandoned,
  noteOwner,
  type RunningNote,
  readNotes,
  type Whose,
  type WorkerIdentity,
} from '../files/running-notes.js';

export interface Running {
  note(token: Uint8Array): { done(): void };
}

/** Fixed line length, so that a note is written and cleared in place. A token has about 250 bytes. */
const LINE_BYTES = 1_024;

let counter = 0;

/**
 * One file per process: its first line identifies the process, every other line holds a token or nothing. Written
 * without sync: a kill loses nothing from the kernel's memory.
 */
export function createRunning(directory: string): Running {
  const path = join(directory, `${process.pid}.${counter++}~tokens`);
  const free: number[] = [];
  let file: number | undefined;
  let lines = 1;

  function write(line: number, text: string): void {
    ignoreErrors(() => {
      file ??= create(path);
      writeSync(file, `${text.slice(0, LINE_BYTES - 1).padEnd(LINE_BYTES - 1)}\n`, line * LINE_BYTES);
    });
  }

  return {
    note(token) {
      const line = free.pop() ?? lines++;
      write(line, JSON.stringify({ token: Buffer.from(token).toString('base64') }));
      return {
        done() {
          write(line, '');
          free.push(line);
        },
      };
    },
  };
}

/** Notes the identity of a worker of this process, for activities that it was given and could not note. */
export function noteWorkerIdentity(directory: string, worker: WorkerIdentity): { done(): void } {
  // Another identity may be that of living workers too, whose activities must not be failed.
  const isUnique = [String(process.pid), hostname()].every((part) => worker.identity.includes(part));
  if (!isUnique) return { done: () => undefined };
  return writeNote(join(directory, `${process.pid}.${counter++}~worker`), worker);
}

export interface Takeover {
  fail(token: Uint8Array): Promise<void>;
  /** @returns how many activities given to that worker it found */
  failAllOf(worker: WorkerIdentity): Promise<number>;
}

/**
 * Fails the activities of dead processes and removes their notes. The server may already have timed out some of them.
 */
export async function failLost(directory: string, takeover: Takeover, whose: Whose): Promise<number> {
  let failed = 0;
  const names = (await readdir(directory).catch(ignoring('ENOENT'))) ?? [];
  for (const name of names.sort(byWorkersLast)) {
    const notes = await takeAbandoned(directory, name, whose);
    if (!notes) continue;
    for (const { token } of notes.lines) {
      if (token === undefined) continue;
      failed += await takeover.fail(Buffer.from(token, 'base64')).then(
        () => 1,
        () => 0,
      );
    }
    for (const { identity, taskQueue } of notes.lines) {
      // A worker of an older version noted no queue: it polled the default one.
      if (identity) failed += await takeover.failAllOf({ identity, taskQueue: taskQueue ?? TASK_QUEUE });
    }
    await rm(notes.path, { force: true });
  }
  return failed;
}

// ---

/** A full disk makes recovery slower; it must not stop an activity. */
function ignoreErrors(change: () => void): void {
  try {
    change();
  } catch {
    // The heartbeat timeout detects it then.
  }
}

function writeNote(path: string, note: RunningNote): { done(): void } {
  ignoreErrors(() => {
    makeParent(path);
    writeFileSync(path, JSON.stringify({ ...noteOwner(), ...note }), { mode: 0o600 });
  });
  return { done: () => ignoreErrors(() => rmSync(path, { force: true })) };
}

function create(path: string): number {
  makeParent(path);
  const file = openSync(path, 'w', 0o600);
  writeSync(file, `${JSON.stringify(noteOwner()).padEnd(LINE_BYTES - 1)}\n`, 0);
  return file;
}

function makeParent(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}

interface Abandoned {
  readonly path: string;
  readonly lines: readonly RunningNote[];
}

/** Takes the notes by renaming them: of several workers that see a death, one acts. */
async function takeAbandoned(directory: string, name: string, whose: Whose): Promise<Abandoned | undefined> {
  // Those of a dead process with this pid were found at the start.
  if (whose === 'visible' && Number.parseInt(name, 10) === process.pid) return undefined;
  const path = join(directory, name);
  const [noted = name, taker] = name.split(TAKEN_BY);
  if (taker !== undefined && processIdentity(Number(taker))) return undefined;
  const lines = await readNotes(path);
  if (!lines || !isAbandoned(noted, lines[0], whose)) return undefined;
  const takenPath = join(directory, `${noted}${TAKEN_BY}${process.pid}`);
  const isTaken = await rename(path, takenPath).then(
    () => true,
    () => false,
  );
  return isTaken ? { path: takenPath, lines } : undefined;
}

const TAKEN_BY = '~by.';

/** Tokens first: they are faster, and leave less to search for. */
function byWorkersLast(a: string, b: string): number {
  return Number(a.includes('~worker')) - Number(b.includes('~worker'));
}
