/**
 * The task tokens of the activities that run on this host, on disk (0600): the next worker here fails those of a dead
 * process at once, so that recovery does not wait for a heartbeat timeout. Losing one costs seconds, never work.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from './durable/failure.js';
import { isAlive, ownIdentity } from './durable/process.js';

export interface Running {
  note(token: Uint8Array): Promise<{ done(): Promise<void> }>;
}

let counter = 0;

export function createRunning(directory: string): Running {
  return {
    async note(token) {
      const path = join(directory, `${process.pid}.${counter++}`);
      const text = JSON.stringify({ ...ownIdentity(), token: Buffer.from(token).toString('base64') });
      // A full disk makes recovery slower, it must not stop an activity.
      await put(directory, path, text).catch(() => undefined);
      return { done: () => rm(path, { force: true }).catch(() => undefined) };
    },
  };
}

/** Hands each token of a dead process to `fail`, and forgets it. */
export async function failLost(directory: string, fail: (token: Uint8Array) => Promise<void>): Promise<number> {
  let failed = 0;
  for (const name of (await readdir(directory).catch(ignoring('ENOENT'))) ?? []) {
    const path = join(directory, name);
    const lost = await readLost(path);
    if (lost === 'alive') continue;
    await rm(path, { force: true });
    if (lost === undefined) continue;
    // The server may have given up on it already; then there is nothing to fail.
    await fail(lost).then(
      () => failed++,
      () => undefined,
    );
  }
  return failed;
}

// ---

async function put(directory: string, path: string, text: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
}

async function readLost(path: string): Promise<Uint8Array | 'alive' | undefined> {
  try {
    const { pid, started, token } = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
    if (isAlive({ pid: Number(pid), started: String(started) })) return 'alive';
    return Buffer.from(String(token), 'base64');
  } catch {
    return undefined;
  }
}
