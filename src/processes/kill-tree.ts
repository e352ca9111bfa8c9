/**
 * Ends all processes that a shell command has started: its process group, its session, all with its marker in their
 * environment, and their children. `setsid` leaves the group, `env -i` removes the marker.
 * Without /proc (not Linux) only the group can be ended.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf } from '../files/errors.js';

/** In the environment of every command, so that its leftovers are found after the worker has died. */
export const TASK_MARKER = 'ROOKERY_TASK';
export const CALL_MARKER = 'ROOKERY_CALL';

export interface Marks {
  readonly task?: string;
  readonly call?: string;
}

export interface KillTarget extends Marks {
  /** The process group that the command leads. Valid only while its number cannot be reused. */
  readonly group?: number;
  /** Gets no SIGTERM: the sandbox process, whose end would kill the others before they have cleaned up. */
  readonly exemptFromTerm?: number;
}

const GRACE_MS = 1_000;
const KILL_TIMEOUT_MS = 5_000;

/** Ends processes that a call or a task has left running, also of a dead worker. @returns true when none is left */
export async function killMarked(marks: Marks): Promise<boolean> {
  return marks.call === undefined && marks.task === undefined ? true : killAll(marks);
}

/** SIGTERM, after a second SIGKILL, until none is found. @returns false when a process could not be ended */
export async function killAll(target: KillTarget, graceMs = GRACE_MS): Promise<boolean> {
  const start = performance.now();
  const signalled = new Set<string>();
  for (let wait = 5; ; wait = Math.min(50, wait * 2)) {
    const alive = find(target, signalled);
    if (alive.length === 0) return true;
    const elapsed = performance.now() - start;
    if (elapsed > graceMs + KILL_TIMEOUT_MS) return false;
    for (const { pid, key } of alive) {
      if (elapsed >= graceMs) send(pid, 'SIGKILL');
      else if (!signalled.has(key) && pid !== target.exemptFromTerm) send(pid, 'SIGTERM');
      signalled.add(key);
    }
    await pause(wait);
  }
}

/** Process ids, for inspection. */
export function findMarked(marks: Marks): number[] {
  return find(marks).map(({ pid }) => pid);
}

// ---

interface Target {
  /** Negative: a group. */
  readonly pid: number;
  readonly key: string;
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly started: string;
}

const ON_LINUX = process.platform === 'linux';

/** `known`: targets found before; they stay targets when the parent that identified them is dead. */
function find(target: KillTarget, known: ReadonlySet<string> = new Set()): Target[] {
  if (!ON_LINUX)
    return target.group !== undefined && exists(-target.group) ? [{ pid: -target.group, key: 'group' }] : [];
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));
  const chosen = new Set(
    all.filter((entry) => known.has(keyOf(entry)) || isMarked(entry, target)).map(({ pid }) => pid),
  );
  // Children are numbered after their parents almost always; the loop is for when the numbers have wrapped.
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const { pid, parent } of all) if (chosen.has(parent) && pid !== process.pid) chosen.add(pid);
  }
  return all.flatMap((entry) => (chosen.has(entry.pid) ? { pid: entry.pid, key: keyOf(entry) } : []));
}

function keyOf({ pid, started }: ProcessEntry): string {
  return `${pid}/${started}`;
}

/** @returns the process; undefined when it does not exist, or is dead and not reaped yet */
function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readProc(`${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 20 || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const [parent, group, session] = fields.slice(1, 4).map(Number);
  return { pid, parent: parent ?? 0, group: group ?? 0, session: session ?? 0, started: fields[19] ?? '' };
}

function isMarked({ pid, group, session }: ProcessEntry, target: KillTarget): boolean {
  if (pid === process.pid) return false;
  if (target.group !== undefined && (group === target.group || session === target.group)) return true;
  const wanted = [
    ...(target.task === undefined ? [] : [`${TASK_MARKER}=${target.task}`]),
    ...(target.call === undefined ? [] : [`${CALL_MARKER}=${target.call}`]),
  ];
  if (wanted.length === 0) return false;
  const environment = readProc(`${pid}/environ`).split('\0');
  return wanted.every((entry) => environment.includes(entry));
}

function readProc(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'latin1');
  } catch {
    return '';
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, or may not be ended by this user: the next pass finds out.
  }
}
