/**
 * The background worker as a process: its note beside the data, its start, its stop. The note names the providers it has
 * keys for, never a key.
 */
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { RookeryError } from '../domain/errors.js';
import { isAlive, ownIdentity } from '../durable/process.js';
import { makeDirectory, removeDurably, writeDurably } from '../durable/write.js';
import type { Paths } from '../mirror/paths.js';

const noteSchema = z.object({
  pid: z.number(),
  started: z.string(),
  address: z.string(),
  namespace: z.string(),
  providers: z.array(z.string()),
});
export type WorkerNote = z.infer<typeof noteSchema>;

const READY_MS = 30_000;
const DRAIN_MS = 40_000;
const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** Undefined: no worker of this work directory lives. */
export async function livingWorker(paths: Paths): Promise<WorkerNote | undefined> {
  const text = await readFile(paths.workerState, 'utf8').catch(() => '{}');
  const note = noteSchema.safeParse(parse(text));
  return note.success && isAlive(note.data) ? note.data : undefined;
}

export async function noteWorker(paths: Paths, note: Omit<WorkerNote, 'pid' | 'started'>): Promise<void> {
  await makeDirectory(paths.side);
  await writeDurably(paths.workerState, JSON.stringify({ ...ownIdentity(), ...note }));
}

export async function forgetWorker(paths: Paths): Promise<void> {
  await removeDurably(paths.workerState);
}

/** Starts `rookery worker` detached from this terminal, and waits until it polls. */
export async function startWorkerProcess(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  flags: readonly string[],
): Promise<WorkerNote> {
  await makeDirectory(paths.logs);
  const log = openSync(join(paths.logs, 'worker.log'), 'a', 0o600);
  const child = spawn(process.execPath, [MAIN, 'worker', '--workdir', paths.workdir, '--no-start', ...flags], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: paths.workdir,
    env: { ...env, ROOKERY_WORKDIR: paths.workdir },
  });
  child.unref();
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('exit', (code) => reject(noWorker(paths, `it ended with exit code ${code}`)));
    child.once('error', (error) => reject(noWorker(paths, error.message)));
  });
  const deadline = performance.now() + READY_MS;
  const ready = async (): Promise<WorkerNote> => {
    while (performance.now() < deadline) {
      const note = await livingWorker(paths);
      if (note) return note;
      await pause(25);
    }
    throw noWorker(paths, `it was not ready within ${READY_MS / 1000} s`);
  };
  return Promise.race([ready(), failed]);
}

/** Lets it drain: running activities have 30 s. True: there was one. */
export async function stopWorkerProcess(paths: Paths): Promise<boolean> {
  const note = await livingWorker(paths);
  if (!note) return false;
  process.kill(note.pid, 'SIGTERM');
  const deadline = performance.now() + DRAIN_MS;
  while (isAlive(note) && performance.now() < deadline) await pause(50);
  if (isAlive(note)) process.kill(note.pid, 'SIGKILL');
  return true;
}

/** The key variables of a running worker, so that a restart for one key does not lose another. Linux only. */
export async function environmentOf({ pid }: WorkerNote): Promise<NodeJS.ProcessEnv> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const entries = text.split('\0').filter((line) => line.includes('='));
  return Object.fromEntries(
    entries.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

// ---

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noWorker(paths: Paths, why: string): RookeryError {
  return new RookeryError('environment', `The worker did not start: ${why}`, {
    hint: `See ${join(paths.logs, 'worker.log')}, or run \`rookery worker\` to watch it`,
  });
}
