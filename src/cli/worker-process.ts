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
import { TASK_QUEUE } from '../domain/protocol.js';
import { makeDirectory, removeDurably, writeDurably } from '../files/atomic-write.js';
import { isAlive, ownIdentity, type ProcessIdentity } from '../files/process-identity.js';
import type { Paths } from '../mirror/paths.js';
import { workerStart } from '../worker/process-settings.js';
import { endStarting, noteStarted, noteStarting } from './starting-workers.js';
import { type Extras, readExtras } from './worker-tools.js';

export interface WorkerState extends ProcessIdentity {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Absolute path of its codec; null for none. */
  readonly codec: string | null;
  readonly providers: readonly string[];
  readonly extras: Extras;
  /** Of its limits, endpoints and version, with their values; a restart keeps them. */
  readonly flags: Readonly<Record<string, string>>;
}

const READY_MS = 30_000;
const POLL_MS = 10;
const DRAIN_MS = 40_000;
const NOTICE_MS = 1_500;
const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** @returns undefined when no worker of this work directory runs. */
export async function runningWorker(paths: Paths): Promise<WorkerState | undefined> {
  const text = await readFile(paths.workerState, 'utf8').catch(() => '{}');
  const state = parse(text);
  if (!isWorkerState(state) || !isAlive(state)) return undefined;
  // An older version noted none of these.
  return {
    ...state,
    taskQueue: state.taskQueue ?? TASK_QUEUE,
    codec: state.codec ?? null,
    extras: readExtras(state.extras),
    flags: state.flags ?? {},
  };
}

export async function writeWorkerState(paths: Paths, state: Omit<WorkerState, keyof ProcessIdentity>): Promise<void> {
  await makeDirectory(paths.side);
  await writeDurably(paths.workerState, JSON.stringify({ ...ownIdentity(), ...state }));
  noteStarted(paths, process.pid);
}

export async function removeWorkerState(paths: Paths): Promise<void> {
  await removeDurably(paths.workerState);
}

export interface LaunchedWorker {
  /** Waits until it polls. */
  ready(): Promise<WorkerState>;
  /** Ends a worker whose server did not start. */
  abandon(): void;
}

/** Starts `rookery worker` detached from this terminal. */
export async function launchWorker(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  flags: readonly string[],
): Promise<LaunchedWorker> {
  await endStarting(paths, 'launched');
  await makeDirectory(paths.logs);
  const log = openSync(join(paths.logs, 'worker.log'), 'a', 0o600);
  const { env: workerEnv, execArgv } = workerStart(env);
  const words = [MAIN, 'worker', '--workdir', paths.workdir, '--no-start', '--log-format', 'json', ...flags];
  const child = spawn(process.execPath, [...execArgv, ...words], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: paths.workdir,
    env: { ...workerEnv, ROOKERY_WORKDIR: paths.workdir },
  });
  if (child.pid !== undefined) noteStarting(paths, child.pid, true);
  child.unref();
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('exit', (code) => reject(startFailed(paths, `it ended with exit code ${code}`)));
    child.once('error', (error) => reject(startFailed(paths, error.message)));
  });
  // It may end before `ready` is called.
  failed.catch(() => undefined);
  return { ready: () => Promise.race([awaitState(paths), failed]), abandon: () => void child.kill() };
}

/** Reports when draining takes longer than NOTICE_MS. @returns a function that cancels the report. */
export function whileDraining(tell: (line: string) => void): () => void {
  const timer = setTimeout(
    () => tell('The worker is finishing its running activities; this can take up to 30 s.'),
    NOTICE_MS,
  );
  return () => clearTimeout(timer);
}

/** Stops it after draining: running activities have 30 s. @returns false when no worker was running or starting */
export async function stopWorkerProcess(paths: Paths): Promise<boolean> {
  const wasStarting = await endStarting(paths, 'all');
  const state = await runningWorker(paths);
  if (!state) return wasStarting;
  process.kill(state.pid, 'SIGTERM');
  const deadline = performance.now() + DRAIN_MS;
  while (isAlive(state) && performance.now() < deadline) await pause(50);
  if (isAlive(state)) process.kill(state.pid, 'SIGKILL');
  return true;
}

/** The key variables of a running worker, so that a restart for one key does not lose another. Linux only. */
export async function environmentOf({ pid }: WorkerState): Promise<NodeJS.ProcessEnv> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const entries = text.split('\0').filter((line) => line.includes('='));
  return Object.fromEntries(
    entries.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

// ---

async function awaitState(paths: Paths): Promise<WorkerState> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    const state = await runningWorker(paths);
    if (state) return state;
    await pause(POLL_MS);
  }
  throw startFailed(paths, `it was not ready within ${READY_MS / 1000} s`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without a schema library: most commands read this file, and loading one would more than double their time. */
function isWorkerState(state: unknown): state is WorkerState {
  const { pid, started, address, namespace, providers } = Object(state) as Record<keyof WorkerState, unknown>;
  return (
    typeof pid === 'number' &&
    [started, address, namespace].every((text) => typeof text === 'string') &&
    Array.isArray(providers) &&
    providers.every((name) => typeof name === 'string')
  );
}

function startFailed(paths: Paths, why: string): RookeryError {
  return new RookeryError('environment', `The worker did not start: ${why}`, {
    hint: `See ${join(paths.logs, 'worker.log')}, or run \`rookery worker\` to watch it`,
  });
}
