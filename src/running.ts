/**
 * The task tokens of the activities that run on this host, on disk (0600): the next worker here fails those of a dead
 * process at once, so that recovery does not wait for a heartbeat timeout. Losing one costs seconds, never work.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ignoring } from './durable/failure.js';
import { isAlive, ownIdentity, type ProcessIdentity } from './durable/process.js';

export interface Running {
  note(token: Uint8Array): { done(): void };
}

let counter = 0;

export function createRunning(directory: string): Running {
  return {
    // Without waiting for the disk: a kill that comes before the note costs the whole heartbeat timeout.
    note(token) {
      return put(join(directory, `${process.pid}.${counter++}`), { token: Buffer.from(token).toString('base64') });
    },
  };
}

/** Names a worker of this process, for what it was given and could not note any more. */
export function noteWorker(directory: string, identity: string): { done(): void } {
  return put(join(directory, `${process.pid}~worker`), { identity });
}

export interface Takeover {
  fail(token: Uint8Array): Promise<void>;
  /** How many activities it found that a worker of that name was given. */
  failAllOf(identity: string): Promise<number>;
}

/** Hands over what dead processes were doing, and forgets it. The server may have given up on some of it already. */
export async function failLost(directory: string, takeover: Takeover): Promise<number> {
  let failed = 0;
  const names = (await readdir(directory).catch(ignoring('ENOENT'))) ?? [];
  for (const name of names.sort(workersLast)) {
    const path = join(directory, name);
    const lost = await readLost(path);
    if (lost === 'alive') continue;
    if (lost?.token)
      failed += await takeover.fail(Buffer.from(lost.token, 'base64')).then(
        () => 1,
        () => 0,
      );
    if (lost?.identity) failed += await takeover.failAllOf(lost.identity);
    await rm(path, { force: true });
  }
  return failed;
}

// ---

interface Note {
  readonly token?: string;
  readonly identity?: string;
}

/** A full disk makes recovery slower, it must not stop an activity. */
function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // Then a heartbeat timeout tells.
  }
}

function put(path: string, note: Note): { done(): void } {
  attempt(() => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, JSON.stringify({ ...ownIdentity(), ...note }), { mode: 0o600 });
  });
  return { done: () => attempt(() => rmSync(path, { force: true })) };
}

async function readLost(path: string): Promise<Note | 'alive' | undefined> {
  try {
    const { pid, started, ...note } = JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity & Note;
    return isAlive({ pid, started }) ? 'alive' : note;
  } catch {
    return undefined;
  }
}

/** The tokens are quicker, and leave less to look for. */
function workersLast(a: string, b: string): number {
  return Number(a.endsWith('~worker')) - Number(b.endsWith('~worker'));
}
