/**
 * Why a task waits, in a sidecar of its files: a list shows it also when no server runs. Written by the worker that runs
 * the task's workflow, where its files are. Losing it loses a word of a list, never a wait. A person's pause has a sidecar of
 * its own: a task that continues after its history was lost is paused again by it.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Paused } from '../domain/control.js';
import type { ShownWait } from '../domain/wait.js';
import { replaceTextFile } from '../files/atomic-write.js';
import type { Paths } from './paths.js';

/** `wait` null: it waits no more. Never throws, and writes nothing for a task whose files are elsewhere. */
export async function noteWait(paths: Paths, id: string, wait: ShownWait | null): Promise<void> {
  try {
    if (wait === null) rmSync(paths.wait(id), { force: true });
    else if (existsSync(paths.task(id))) {
      await replaceTextFile(paths.wait(id), JSON.stringify(wait), { sync: false });
    }
  } catch {
    // The server still knows it.
  }
}

/** `paused` null: it is over. Never throws, and writes nothing for a task whose files are elsewhere. */
export async function notePause(paths: Paths, id: string, paused: Paused | null): Promise<void> {
  try {
    if (paused === null) rmSync(paths.paused(id), { force: true });
    else if (existsSync(paths.task(id)))
      await replaceTextFile(paths.paused(id), JSON.stringify(paused), { sync: true });
  } catch {
    // The server still knows it.
  }
}

/**
 * Whatever the file of the task says: after a loss of its history it may name more replies than the run that continued, and
 * was paused. @returns undefined for a task that no person has paused
 */
export function pauseIn(paths: Paths, id: string): Pick<Paused, 'reason'> | undefined {
  const own = read<Paused>(paths.paused(id));
  if (own) return { reason: typeof own.reason === 'string' ? own.reason : null };
  // An older version noted it as a wait alone, with its reason as a list shows it.
  const wait = read<ShownWait>(paths.wait(id));
  return wait?.phase === 'paused' ? { reason: /^paused: (.*)$/s.exec(wait.reason ?? '')?.[1] ?? null } : undefined;
}

/** `file`: what its file says. @returns undefined when it waits for nothing, or has gone on since */
export function waitIn(paths: Paths, { id, iterations }: { readonly id: string; readonly iterations: number }) {
  const wait = read<ShownWait>(paths.wait(id));
  const isWhole = typeof wait?.phase === 'string' && Number.isSafeInteger(wait.iterations);
  return isWhole && wait.iterations >= iterations ? wait : undefined;
}

// ---

function read<T>(path: string): T | undefined {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8'))) as T;
  } catch {
    return undefined;
  }
}
