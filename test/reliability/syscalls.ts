/**
 * The mirror writer, killed at each of its system calls in turn: what it leaves is whole, and the next worker writes the
 * end over it. Needs strace.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import type { SyscallKills } from './journal.js';

/** What a program asks the file system for. */
const CALLS = [
  ...[
    'openat',
    'read',
    'pread64',
    'write',
    'pwrite64',
    'close',
    'fstat',
    'newfstatat',
    'statx',
    'stat',
    'lstat',
    'access',
  ],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'fchmod'],
  ...['fsync', 'fdatasync', 'ftruncate'],
] as const;

/** @returns undefined without strace, or where a process may not be traced */
export function killAtSyscalls(step: number, announce: (line: string) => void): SyscallKills | undefined {
  if (spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0) return undefined;
  const found = { calls: 0, torn: 0, stuck: 0, kinds: {} as Record<string, number> };
  const traced = inDirectory((directory) => trace(directory, []));
  for (const call of CALLS) {
    const [first, last] = rangeOf(traced, call);
    if (last > first) announce(`${call}: ${last - first} calls`);
    for (let n = first + 1; n <= last; n += step) {
      inDirectory((directory) => {
        if (!isKilledAt(directory, call, n)) return;
        found.calls++;
        found.kinds[call] = (found.kinds[call] ?? 0) + 1;
        const paths = pathsOf(join(directory, 'data'));
        if (!isWhole(paths)) found.torn++;
        if (!isFinishedByNext(paths)) found.stuck++;
      });
    }
  }
  return { type: 'syscalls', seed: step, date: new Date().toISOString(), ...found };
}

// ---

const MAIN = resolve('test/reliability/mirror-writes.mjs');

function inDirectory<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'rookery-syscalls-'));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * How many of these calls the thread that makes them has made before the writer begins, and when it has ended: strace counts
 * those of each thread by themselves.
 */
function rangeOf(traced: readonly string[], call: string): readonly [number, number] {
  const made = (lines: readonly string[]): string[] =>
    lines.filter((line) => nameIn(line) === call).map((line) => line.split(' ')[0] ?? '');
  const [begin, end] = ['begin', 'end'].map((mark) => traced.findIndex((line) => marks(line, mark)));
  const during = made(traced.slice((begin ?? 0) + 1, end));
  const [thread] = during;
  const first = made(traced.slice(0, (begin ?? 0) + 1)).filter((other) => other === thread).length;
  return [first, first + during.filter((other) => other === thread).length];
}

/** @returns false when the writer was not killed, or before it began */
function isKilledAt(directory: string, call: string, n: number): boolean {
  const lines = trace(directory, [`inject=${call}:signal=KILL:when=${n}`]);
  return lines.some((line) => marks(line, 'begin')) && lines.some((line) => line.includes('+++ killed by SIGKILL +++'));
}

function nameIn(line: string): string | undefined {
  return /^\d+ +(\w+)\(/.exec(line)?.[1];
}

function marks(line: string, mark: string): boolean {
  return line.includes(`/data/${mark}"`);
}

function trace(directory: string, more: readonly string[]): string[] {
  const log = join(directory, 'log');
  const expressions = [`trace=${CALLS.join(',')}`, ...more];
  const args = ['-f', '-o', log, ...expressions.flatMap((expression) => ['-e', expression])];
  spawnSync('strace', [...args, process.execPath, MAIN, join(directory, 'data')], {
    env: { PATH: process.env.PATH, UV_THREADPOOL_SIZE: '1' },
  });
  return readFileSync(log, 'utf8').split('\n');
}

/** Every file that a reader would load is whole. */
function isWhole(paths: Paths): boolean {
  return [paths.tasks, paths.checkpoints].every((directory) =>
    jsonFiles(directory).every((path) => {
      try {
        JSON.parse(readFileSync(path, 'utf8'));
        return true;
      } catch {
        return false;
      }
    }),
  );
}

function isFinishedByNext(paths: Paths): boolean {
  const { status } = spawnSync(process.execPath, [MAIN, paths.workdir, 'end']);
  const [task, ...more] = jsonFiles(paths.tasks);
  if (status !== 0 || task === undefined || more.length > 0 || jsonFiles(paths.checkpoints).length > 0) return false;
  return (JSON.parse(readFileSync(task, 'utf8')) as { status: string }).status === 'Completed';
}

function jsonFiles(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
    return names.map((name) => join(directory, name));
  } catch {
    return [];
  }
}
