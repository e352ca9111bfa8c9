/**
 * Starts, finds and stops the background worker process. Its state file names the providers that it has keys for, never
 * a key.
 */
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RookeryError } from '../domain/errors.js';
import { makeDirectory, removeDurably, writeDurably } from '../files/atomic-write.js';
import { isAlive, ownIdentity, type ProcessIdentity } from '../files/process-identity.js';
import type { Paths } from '../mirror/paths.js';
import { type Extras, readExtras } from './worker-tools.js';

export interface WorkerNote extends ProcessIdentity {
  readonly address: string;
  readonly namespace: string;
  readonly providers: readonly string[];
  readonly extras: Extras;
}

const READY_MS = 30_000;
const LOOK_EVERY_MS = 10;
const DRAIN_MS = 40_000;
const NOTICE_MS = 1_500;
const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** @returns undefined when no worker of this work directory runs. */
export async function livingWorker(paths: Paths): Promise<WorkerNote | undefined> {
  const text = await readFile(paths.workerState, 'utf8').catch(() => '{}');
  const note = parse(text);
  return isNote(note) && isAlive(note) ? { ...note, extras: readExtras(note.extras) } : undefined;
}

export async function writeWorkerNote(paths: Paths, note: Omit<WorkerNote, keyof ProcessIdentity>): Promise<void> {
  await makeDirectory(paths.side);
  await writeDurably(paths.workerState, JSON.stringify({ ...ownIdentity(), ...note }));
}

export async function forgetWorker(paths: Paths): Promise<void> {
  await removeDurably(paths.workerState);
}

export interface LaunchedWorker {
  /** Waits until it polls. */
  ready(): Promise<WorkerNote>;
  /** Ends a worker whose server did not start. */
  abandon(): void;
}

/** Starts `rookery worker` detached from this terminal. */
export async function launchWorker(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  flags: readonly string[],
): Promise<LaunchedWorker> {
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
  // It may end before `ready` is called.
  failed.catch(() => undefined);
  return { ready: () => Promise.race([noted(paths), failed]), abandon: () => void child.kill() };
}

/** Reports when draining takes longer than NOTICE_MS. @returns a function that cancels the report. */
export function whileDraining(tell: (line: string) => void): () => void {
  const timer = setTimeout(() => tell('The worker finishes what it is doing; that may take 30 s.'), NOTICE_MS);
  return () => clearTimeout(timer);
}

/** Lets it drain: running activities have 30 s. @returns true when there was one. */
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

async function noted(paths: Paths): Promise<WorkerNote> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    const note = await livingWorker(paths);
    if (note) return note;
    await pause(LOOK_EVERY_MS);
  }
  throw noWorker(paths, `it was not ready within ${READY_MS / 1000} s`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without a schema library: most commands read this file, and loading one would more than double their time. */
function isNote(note: unknown): note is WorkerNote {
  const { pid, started, address, namespace, providers } = Object(note) as Record<keyof WorkerNote, unknown>;
  return (
    typeof pid === 'number' &&
    [started, address, namespace].every((text) => typeof text === 'string') &&
    Array.isArray(providers) &&
    providers.every((name) => typeof name === 'string')
  );
}

function noWorker(paths: Paths, why: string): RookeryError {
  return new RookeryError('environment', `The worker did not start: ${why}`, {
    hint: `See ${join(paths.logs, 'worker.log')}, or run \`rookery worker\` to watch it`,
  });
}
