/**
 * The resource limits of one command, and a control group for it where this process may create one: the only bound on
 * all its processes together, and on their number when the worker is root. Never throws: without a group, rlimits
 * apply.
 */
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processIdentity } from '../files/process-identity.js';

export interface ControlGroup {
  /** A process that writes 0 to these files joins the group. */
  readonly processFiles: readonly string[];
  /** Sentences that name the limits that were reached. */
  hits(): Promise<string[]>;
  /** Call it after all processes of the group have ended. */
  remove(): Promise<void>;
}

/** `mounted` and `self` are for tests: the mount point, and the content of /proc/self/cgroup. */
export async function createControlGroup(mounted = '/sys/fs/cgroup', self?: string): Promise<ControlGroup> {
  const text = self ?? (await readFile('/proc/self/cgroup', 'utf8').catch(() => ''));
  const made: Made[] = [];
  for (const place of placesOf(text, mounted)) {
    const directory = await make(place);
    if (directory !== undefined) made.push({ directory, place });
  }
  return {
    processFiles: made.map(({ directory }) => join(directory, 'cgroup.procs')),
    hits: async () => (await Promise.all(made.map(hitsOf))).flat(),
    async remove() {
      for (const { directory } of made) await removeEmpty(directory);
    },
  };
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

export const LIMITS = Object.freeze({
  /** Processes and threads. */
  processes: 1_024,
  /** Of all its processes together, where there are control groups. */
  memoryBytes: 4 * GIB,
  /**
   * Data segment of one process, the only memory limit without control groups. Not the address space: V8 and Go reserve
   * far more than they use.
   */
  dataBytes: 4 * GIB,
  fileBytes: 8 * GIB,
  openFiles: 4_096,
  /** Private file systems are in memory. */
  temporaryBytes: GIB,
  smallBytes: 16 * MIB,
  /** Home and package caches of a task, on disk; looked at after each command of some length. */
  taskHomeBytes: 8 * GIB,
});

// ---

interface Place {
  readonly parent: string;
  readonly limits: Readonly<Record<string, number>>;
  /** File, key of its line, and the sentence for a count above 0. */
  readonly counts: readonly (readonly [file: string, key: string, meaning: string])[];
}

interface Made {
  readonly directory: string;
  readonly place: Place;
}

const MEMORY = `the memory limit of ${LIMITS.memoryBytes / 2 ** 30} GiB was reached`;
const PROCESSES = `the limit of ${LIMITS.processes} processes was reached`;

function placesOf(text: string, mounted: string): Place[] {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  return lines.flatMap((match) => {
    const [, controllers = '', path = ''] = match ?? [];
    if (match && controllers === '') return [versionTwo(join(mounted, dirname(path)))];
    const names = controllers.split(',');
    if (names.includes('memory')) return [memory(join(mounted, 'memory', path))];
    if (names.includes('cpu')) return [cpu(join(mounted, 'cpu', path))];
    return names.includes('pids') ? [pids(join(mounted, 'pids', path))] : [];
  });
}

/**
 * A sibling of the worker's group, not a child: a version 2 group with processes cannot enable controllers for its
 * children. A sibling has the same CPU weight as the worker's group.
 */
function versionTwo(parent: string): Place {
  return {
    parent,
    limits: { 'memory.max': LIMITS.memoryBytes, 'pids.max': LIMITS.processes },
    counts: [
      ['memory.events', 'oom_kill', MEMORY],
      ['pids.events', 'max', PROCESSES],
    ],
  };
}

function memory(parent: string): Place {
  const limits = { 'memory.limit_in_bytes': LIMITS.memoryBytes };
  return { parent, limits, counts: [['memory.oom_control', 'oom_kill', MEMORY]] };
}

function pids(parent: string): Place {
  return { parent, limits: { 'pids.max': LIMITS.processes }, counts: [['pids.events', 'max', PROCESSES]] };
}

/**
 * Half the weight of one process of the worker, for all processes of a command together. Without it each of them would
 * have as much as the worker.
 */
function cpu(parent: string): Place {
  return { parent, limits: { 'cpu.shares': 512 }, counts: [] };
}

const PREFIX = 'rookery-';
const swept = new Set<string>();
let made = 0;

async function make({ parent, limits }: Place): Promise<string | undefined> {
  if (!swept.has(parent)) await sweep(parent);
  swept.add(parent);
  const directory = join(parent, `${PREFIX}${process.pid}-${++made}`);
  try {
    await mkdir(directory);
    for (const [file, value] of Object.entries(limits))
      await writeFile(join(directory, file), `${value}`, { flag: 'r+' });
    return directory;
  } catch {
    await rmdir(directory).catch(() => undefined);
    return undefined;
  }
}

/** Removes groups of workers that were killed. A group with processes in it cannot be removed. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = Number(name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-')[0] : Number.NaN);
    if (pid > 0 && processIdentity(pid) === undefined) await rmdir(join(parent, name)).catch(() => undefined);
  }
}

async function hitsOf({ directory, place }: Made): Promise<string[]> {
  const hits: string[] = [];
  for (const [file, key, meaning] of place.counts) {
    const text = await readFile(join(directory, file), 'utf8').catch(() => '');
    const line = text.split('\n').find((one) => one.startsWith(`${key} `));
    if (line !== undefined && Number(line.slice(key.length)) > 0) hits.push(meaning);
  }
  return hits;
}

/** A process that was just killed keeps its group busy for a moment. */
async function removeEmpty(directory: string): Promise<void> {
  for (let wait = 1; wait < 1_000; wait *= 2) {
    const removed = await rmdir(directory).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    );
    if (removed) return;
    await pause(wait);
  }
}
