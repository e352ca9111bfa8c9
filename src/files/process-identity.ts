/**
 * Identifies a process by more than its pid: pids are reused, so a pid alone could name another process as the owner.
 * Reads /proc on Linux; elsewhere only the pid is known.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from './errors.js';

export interface ProcessIdentity {
  readonly pid: number;
  /** Boot and start time; empty where the system does not tell. */
  readonly started: string;
}

const ON_LINUX = process.platform === 'linux';

/** @returns undefined when there is no such process, or it is dead and not reaped yet. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  if (!ON_LINUX) return exists(pid) ? { pid, started: '' } : undefined;
  const stat = readProc(`${pid}/stat`);
  // The name in parentheses may itself hold spaces and parentheses: fields are counted behind the last one.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, started: `${bootId()}/${fields[19] ?? ''}` };
}

export function ownIdentity(): ProcessIdentity {
  own ??= processIdentity(process.pid) ?? { pid: process.pid, started: '' };
  return own;
}

/**
 * Names the set of processes that this one sees: another container on a shared directory has pids of its own, so it cannot
 * tell which of ours live. Empty where there is only one set.
 */
export function pidNamespace(): string {
  namespace ??= readPidNamespace();
  return namespace;
}

export function isAlive(identity: ProcessIdentity): boolean {
  const now = processIdentity(identity.pid);
  return now !== undefined && now.started === identity.started;
}

// ---

let own: ProcessIdentity | undefined;
let boot: string | undefined;
let namespace: string | undefined;

function readPidNamespace(): string {
  if (!ON_LINUX) return '';
  try {
    return `${bootId()}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

function bootId(): string {
  boot ??= readProc('sys/kernel/random/boot_id')?.trim() ?? '';
  return boot;
}

function readProc(name: string): string | undefined {
  try {
    return readFileSync(`/proc/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
