/**
 * Keeps the task tokens of the activities that run on this host on disk (0600): the next worker here fails those of a
 * dead process at once, so that recovery does not wait for a heartbeat timeout. Losing one costs seconds, never work.
 */
import { mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { TASK_QUEUE } from '../domain/protocol.js';
import { ignoring } from '../files/errors.js';
import { isAlive, ownIdentity, type ProcessIdentity } from '../files/process-identity.js';

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

export interface WorkerIdentity {
  readonly identity: string;
  readonly taskQueue: string;
}

export interface Takeover {
  fail(token: Uint8Array): Promise<void>;
  /** @returns how many activities given to that worker it found */
  failAllOf(worker: WorkerIdentity): Promise<number>;
}

/**
 * Fails the activities of dead processes and removes their notes. The server may already have timed out some of them.
 */
export async function failLost(directory: string, takeover: Takeover): Promise<number> {
  let failed = 0;
  const names = (await readdir(directory).catch(ignoring('ENOENT'))) ?? [];
  for (const name of names.sort(byWorkersLast)) {
    const path = join(directory, name);
    const lost = await readAbandoned(path);
    if (lost === 'alive') continue;
    for (const { token } of lost) {
      if (token === undefined) continue;
      failed += await takeover.fail(Buffer.from(token, 'base64')).then(
        () => 1,
        () => 0,
      );
    }
    for (const { identity, taskQueue } of lost) {
      // A worker of an older version noted no queue: it polled the default one.
      if (identity) failed += await takeover.failAllOf({ identity, taskQueue: taskQueue ?? TASK_QUEUE });
    }
    await rm(path, { force: true });
  }
  return failed;
}

// ---

interface Note extends Partial<WorkerIdentity> {
  readonly token?: string;
}

/** A full disk makes recovery slower; it must not stop an activity. */
function ignoreErrors(change: () => void): void {
  try {
    change();
  } catch {
    // The heartbeat timeout detects it then.
  }
}

function writeNote(path: string, note: Note): { done(): void } {
  ignoreErrors(() => {
    makeParent(path);
    writeFileSync(path, JSON.stringify({ ...ownIdentity(), ...note }), { mode: 0o600 });
  });
  return { done: () => ignoreErrors(() => rmSync(path, { force: true })) };
}

function create(path: string): number {
  makeParent(path);
  const file = openSync(path, 'w', 0o600);
  writeSync(file, `${JSON.stringify(ownIdentity()).padEnd(LINE_BYTES - 1)}\n`, 0);
  return file;
}

function makeParent(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}

/** The first line identifies the process. */
async function readAbandoned(path: string): Promise<readonly Note[] | 'alive'> {
  const [first = '', ...others] = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const owner = parsed(first) as ProcessIdentity & Note;
  if (typeof owner.pid === 'number' && isAlive(owner)) return 'alive';
  return [owner, ...others.map(parsed)];
}

/** A line may be empty, or truncated by a full disk. */
function parsed(line: string): Note {
  try {
    return JSON.parse(line) as Note;
  } catch {
    return {};
  }
}

/** Tokens first: they are faster, and leave less to search for. */
function byWorkersLast(a: string, b: string): number {
  return Number(a.endsWith('~worker')) - Number(b.endsWith('~worker'));
}
