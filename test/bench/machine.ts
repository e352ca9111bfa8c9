/** What a process has used, as the kernel counts it, and how quiet the machine was. Linux only. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU milliseconds of the process and of its children that have ended. */
export function cpuOf(pid: number): number {
  const fields = fieldsOf(pid);
  return ([11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) * 1_000) / TICKS;
}

/** CPU milliseconds of the children of this process that have ended, and of theirs. */
export function cpuOfEnded(): number {
  const fields = fieldsOf('self');
  return ((Number(fields[13]) + Number(fields[14])) * 1_000) / TICKS;
}

/** Of all its living family too: a child that has ended is in the count of its parent. */
export function cpuOfAll(pid: number): number {
  return familyOf(pid).reduce((sum, member) => {
    try {
      return sum + cpuOf(member);
    } catch {
      return sum;
    }
  }, 0);
}

/** The process and everything it started. */
export function familyOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(fieldsOf(name)[1]));
    } catch {
      // It has ended.
    }
  }
  const family = [pid];
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  }
  return family;
}

/** What the process and all it started have in memory now, in MB. */
export function memoryOfAll(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + memoryOf(member), 0);
}

function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_024;
}

export const SPEED_UNIT = 'million iterations per second of CPU';
const LOOP = 50_000_000;

export interface Speed {
  /** Of one processor while it works for us, in millions of iterations a second of CPU time. */
  readonly speed: number;
  /** Of the time, how much a process that never waits was given: 1 on a machine that has nothing else to do. */
  readonly share: number;
}

/** A fixed loop of integers: the best of five, and what all of them were given. */
export function speed(): Speed {
  const loops = Array.from({ length: 5 }, () => {
    const begun = { wall: performance.now(), cpu: process.cpuUsage() };
    let x = 1;
    for (let n = 0; n < LOOP; n++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    const { user, system } = process.cpuUsage(begun.cpu);
    // The result is used: a loop without one might not be run.
    return { cpu: x === 0 ? Number.NaN : (user + system) / 1_000, wall: performance.now() - begun.wall };
  });
  const sum = (of: 'cpu' | 'wall'): number => loops.reduce((total, loop) => total + loop[of], 0);
  return { speed: LOOP / 1_000 / Math.min(...loops.map(({ cpu }) => cpu)), share: sum('cpu') / sum('wall') };
}

export interface Quiet extends Speed {
  readonly load: number;
  /** Seconds in which the hypervisor gave the processors to somebody else, since boot. */
  readonly steal: number;
}

export function quiet(): Quiet {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/\s+/) ?? [];
  return { ...speed(), load: loadavg()[0] ?? Number.NaN, steal: Number(fields[8]) / TICKS };
}

export function machine(): Record<string, unknown> {
  return {
    processors: cpus().length,
    processor: cpus()[0]?.model,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
  };
}

// ---

/** From its state on: what comes before may have any characters. */
function fieldsOf(pid: number | string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
