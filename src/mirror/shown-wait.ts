/**
 * Why a task waits, in a sidecar of its files: a list shows it also when no server runs. Written by the worker that runs
 * the task's workflow, where its files are. Losing it loses a word of a list, never a wait.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
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

/** `file`: what its file says. @returns undefined when it waits for nothing, or has gone on since */
export function waitIn(paths: Paths, { id, iterations }: { readonly id: string; readonly iterations: number }) {
  try {
    const wait = JSON.parse(readFileSync(paths.wait(id), 'utf8')) as ShownWait;
    const isWhole = typeof wait.phase === 'string' && Number.isSafeInteger(wait.iterations);
    return isWhole && wait.iterations >= iterations ? wait : undefined;
  } catch {
    return undefined;
  }
}
