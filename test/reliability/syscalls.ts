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

/**
 * The writer's own thread, and the one that waits for the disk: strace counts each thread's calls by themselves, and these
 * sets keep the one from reaching the number that is meant for the other.
 */
const THREADS = {
  main: 'openat,write,pwrite64,read,pread64,close,rename,renameat,renameat2,link,linkat,unlink,unlinkat,fchmod,fstat,statx,newfstatat,lstat,stat,access',
  disk: 'fsync,fdatasync,mkdir,mkdirat',
} as const;

/** @returns undefined without strace, or where a process may not be traced */
export function killAtSyscalls(step: number, announce: (line: string) => void): SyscallKills | undefined {
  if (spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0) return undefined;
  const found = { calls: 0, torn: 0, stuck: 0, kinds: {} as Record<string, number> };
  for (const [thread, set] of Object.entries(THREADS)) {
    const [first, last] = inDirectory((directory) => rangeOf(directory, set));
    announce(`system calls of the thread ${thread}: ${first + 1} to ${last}`);
    for (let n = first + 1; n <= last; n += step) {
      inDirectory((directory) => {
        const kind = killAt(directory, set, n);
        if (kind === undefined) return;
        found.calls++;
        found.kinds[kind] = (found.kinds[kind] ?? 0) + 1;
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

/** How many calls of the set its thread has made before the writer begins, and when it has ended. */
function rangeOf(directory: string, set: string): readonly [number, number] {
  const lines = trace(directory, [`trace=${set},access,statx,stat`]);
  const of = (mark: string): number => lines.findIndex((line) => line.includes(`/data/${mark}"`));
  const wanted = new Set(set.split(','));
  const isCounted = (line: string): boolean => wanted.has(/^\d+ +(\w+)\(/.exec(line)?.[1] ?? '');
  const before = lines.slice(0, of('begin')).filter(isCounted);
  const during = lines.slice(of('begin'), of('end')).filter(isCounted);
  const thread = during[0]?.split(' ')[0];
  const own = (line: string): boolean => line.split(' ')[0] === thread;
  const first = before.filter(own).length;
  return [first, first + during.filter(own).length];
}

/** @returns the name of the call; undefined when the writer was not killed */
function killAt(directory: string, set: string, n: number): string | undefined {
  const lines = trace(directory, [`trace=${set}`, `inject=${set}:signal=KILL:when=${n}`]);
  const at = lines.findIndex((line) => line.includes('+++ killed by SIGKILL +++'));
  return at < 0 ? undefined : /^\d+ +(\w+)\(/.exec(lines.slice(0, at).findLast((line) => /\(/.test(line)) ?? '')?.[1];
}

function trace(directory: string, expressions: readonly string[]): string[] {
  const log = join(directory, 'log');
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
