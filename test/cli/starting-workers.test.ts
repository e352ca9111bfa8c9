/** A worker that a killed command has launched, and that is not ready: the next command, the repair and `down` end it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endStarting, noteStarted, noteStarting } from '../../src/cli/starting-workers.js';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';

let paths: Paths;
const children: ReturnType<typeof spawn>[] = [];
beforeEach(() => {
  paths = pathsOf(mkdtempSync(join(tmpdir(), 'rookery-starting-')));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(paths.workdir, { recursive: true });
});

/** Stands for a worker that loads. */
function loading(): { readonly pid: number; readonly ended: Promise<unknown> } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  children.push(child);
  return { pid: child.pid as number, ended: once(child, 'exit') };
}

test('each one that a command has launched is ended, however many there are', async () => {
  const workers = [loading(), loading()];
  for (const { pid } of workers) noteStarting(paths, pid, true);
  expect(await endStarting(paths, 'launched')).toBe(true);
  await Promise.all(workers.map(({ ended }) => ended));
  expect(await endStarting(paths, 'all')).toBe(false);
});

test('one that a person has started is ended by `down` and the repair alone', async () => {
  const { pid, ended } = loading();
  noteStarting(paths, pid, false);
  expect(await endStarting(paths, 'launched')).toBe(false);
  expect(await endStarting(paths, 'all')).toBe(true);
  await ended;
});

test('one that notes itself after the command has noted it stays launched; a ready one is none of them', async () => {
  const { pid } = loading();
  noteStarting(paths, pid, true);
  noteStarting(paths, pid, false);
  noteStarted(paths, pid);
  expect(await endStarting(paths, 'all')).toBe(false);
  noteStarting(paths, pid, true);
  noteStarting(paths, pid, false);
  expect(await endStarting(paths, 'launched')).toBe(true);
});
