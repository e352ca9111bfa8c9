/**
 * The worker processes that have been started and are not ready: the state of a worker names one only when it polls. When
 * the command that started one is killed, the next command ends it: two workers of one work directory must not run.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, type ProcessIdentity, processIdentity } from '../files/process-identity.js';
import type { Paths } from '../mirror/paths.js';

interface Starting extends ProcessIdentity {
  /** By a command, in the background; else a person has started it. */
  readonly launched: boolean;
}

/** At once, not durable: a power cut ends the process too. Throws nothing: then it is known only when it is ready. */
export function noteStarting({ startingWorkers }: Paths, pid: number, launched: boolean): void {
  const identity = processIdentity(pid);
  if (!identity) return;
  const path = join(startingWorkers, String(pid));
  // The command that has launched it has noted it already.
  if (read(path).some(({ started }) => started === identity.started)) return;
  try {
    mkdirSync(startingWorkers, { recursive: true, mode: 0o700 });
    writeFileSync(path, JSON.stringify({ ...identity, launched }), { mode: 0o600 });
  } catch {
    // The disk is full, or is not ours: the start says so itself, and leaves nothing.
    forget(path);
    ignoring(() => rmdirSync(startingWorkers));
  }
}

export function noteStarted({ startingWorkers }: Paths, pid: number): void {
  forget(join(startingWorkers, String(pid)));
}

/** Waits for their end. They have no tasks yet. @returns whether there was one */
export async function endStarting(paths: Paths, which: 'all' | 'launched'): Promise<boolean> {
  const noted = startingOf(paths).filter(({ launched }) => launched || which === 'all');
  const living = noted.filter(isAlive);
  for (const { pid } of living) ignoring(() => void process.kill(pid, 'SIGTERM'));
  const deadline = performance.now() + PATIENCE_MS;
  while (living.some(isAlive) && performance.now() < deadline) await pause(POLL_MS);
  for (const one of living) if (isAlive(one)) ignoring(() => void process.kill(one.pid, 'SIGKILL'));
  for (const { pid } of noted) noteStarted(paths, pid);
  return living.length > 0;
}

// ---

/** One that became ready meanwhile drains: so much time has every worker. */
const PATIENCE_MS = 40_000;
const POLL_MS = 20;

function startingOf({ startingWorkers }: Paths): Starting[] {
  try {
    return readdirSync(startingWorkers).flatMap((name) => read(join(startingWorkers, name)));
  } catch {
    return [];
  }
}

function read(path: string): Starting[] {
  try {
    const { pid, started, launched } = Object(JSON.parse(readFileSync(path, 'utf8'))) as Starting;
    return Number.isInteger(pid) && pid > 1 && typeof started === 'string' ? [{ pid, started, launched }] : [];
  } catch {
    return [];
  }
}

function forget(note: string): void {
  rmSync(note, { force: true });
}

/** The process has ended, or others have notes in the directory. */
function ignoring(action: () => void): void {
  try {
    action();
  } catch {
    // As it is wanted.
  }
}
