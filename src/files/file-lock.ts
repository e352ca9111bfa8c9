/**
 * A lock between processes: a symlink whose target says who has it, because that is made, and read, whole or not at
 * all. The lock of a dead process is taken over, by one taker only. Not for long work: a waiter gives up after 10 s.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError } from '../domain/errors.js';
import { codeOf, workdirError } from './errors.js';
import { ownIdentity, type ProcessIdentity, processIdentity } from './process-identity.js';

const DEFAULT_WAIT_MS = 10_000;

/** `path` is the lock itself; its directory must exist. What `fn` throws comes out as it is. */
export async function withLock<T>(path: string, fn: () => Promise<T>, waitMs = DEFAULT_WAIT_MS): Promise<T> {
  const deadline = performance.now() + waitMs;
  const leaveQueue = await joinQueue(path, deadline);
  try {
    const ticket = await acquire(path, deadline);
    try {
      return await fn();
    } finally {
      release(path, ticket);
    }
  } finally {
    leaveQueue();
  }
}

// ---

interface Holder {
  readonly pid: number;
  /** Which process of that number it is. */
  readonly mark: string;
  readonly ticket: string;
}

const queues = new Map<string, Promise<void>>();

/** Within this process waiters stand in line: fair, and without touching the disk. */
async function joinQueue(path: string, deadline: number): Promise<() => void> {
  const before = queues.get(path);
  let done = (): void => undefined;
  const ownTurn = new Promise<void>((resolve) => {
    done = resolve;
  });
  const tail = before ? before.then(() => ownTurn) : ownTurn;
  queues.set(path, tail);
  const leaveQueue = (): void => {
    done();
    // A caller that queued meanwhile has replaced the tail; only the last one clears the entry.
    if (queues.get(path) === tail) queues.delete(path);
  };
  if (!before || (await beforeDeadline(before, deadline))) return leaveQueue;
  void before.then(leaveQueue);
  throw busy(path);
}

async function beforeDeadline(turn: Promise<void>, deadline: number): Promise<boolean> {
  const stop = new AbortController();
  const timer = pause(Math.max(0, deadline - performance.now()), false, { signal: stop.signal }).catch(() => false);
  const isInTime = await Promise.race([turn.then(() => true), timer]);
  stop.abort();
  return isInTime;
}

async function acquire(path: string, deadline: number): Promise<string> {
  const ticket = randomBytes(6).toString('base64url');
  while (!tryCreate(path, ticket)) {
    const holder = readHolder(path);
    if (holder === 'gone') continue;
    if (holder === 'unreadable' || !isHeld(holder)) await evict(path, holder, deadline);
    else if (performance.now() > deadline) throw busy(path, holder);
    else await pause(2 + Math.random() * 10);
  }
  return ticket;
}

function tryCreate(path: string, ticket: string): boolean {
  try {
    ownMark ??= markOf(ownIdentity());
    symlinkSync(`${process.pid} ${ownMark} ${ticket}`, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw workdirError('lock', path, error);
  }
}

/**
 * Only the holder of the takeover lock may remove it, after checking again. Without that, two takers that saw the
 * same dead holder would both get in: the second removes the fresh lock of the first.
 */
async function evict(path: string, dead: Holder | 'unreadable', deadline: number): Promise<void> {
  const evictionLock = `${path}.evict`;
  const ticket = await acquire(evictionLock, deadline);
  try {
    if (ticketOf(readHolder(path)) === ticketOf(dead)) remove(path);
  } finally {
    release(evictionLock, ticket);
  }
}

function release(path: string, ticket: string): void {
  if (ticketOf(readHolder(path)) === ticket) remove(path);
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw workdirError('unlock', path, error);
  }
}

function readHolder(path: string): Holder | 'gone' | 'unreadable' {
  let text: string;
  try {
    text = readlinkSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'gone';
    // Not a symlink: no live process created it.
    if (codeOf(error) === 'EINVAL') return 'unreadable';
    throw workdirError('lock', path, error);
  }
  const [, pid, mark, ticket] = HOLDER.exec(text) ?? [];
  return pid && mark && ticket ? { pid: Number(pid), mark, ticket } : 'unreadable';
}

/** Not over 59 bytes in all: so short a target lies in the link itself, and costs a quarter. */
const HOLDER = /^(\d{1,10}) ([\w-]{16}) ([\w-]+)$/;

let ownMark: string | undefined;

/** Of a process: what tells it from others with its number, in few characters. */
function markOf({ started }: ProcessIdentity): string {
  return createHash('sha256').update(started).digest('base64url').slice(0, 16);
}

function isHeld({ pid, mark }: Holder): boolean {
  const now = processIdentity(pid);
  return now !== undefined && markOf(now) === mark;
}

function ticketOf(holder: Holder | 'gone' | 'unreadable'): string {
  return typeof holder === 'string' ? `(${holder})` : holder.ticket;
}

function busy(path: string, holder?: Holder): RookeryError {
  const owner = holder ? `process ${holder.pid}` : 'this process';
  return new RookeryError('workdir', `Cannot lock ${path}: ${owner} has held it too long.`, {
    hint: 'Try again; if it stays, end that process.',
  });
}
