/**
 * The order of the writes of one task: by start of the run, then by version of the record. Stored next to the files,
 * never in them: RavenClaws drops unknown fields.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Usage } from '../domain/task.js';
import { writeDurably } from '../files/atomic-write.js';
import { workdirError } from '../files/errors.js';

export interface WritePosition {
  readonly run_started: number;
  readonly version: number;
}

export interface WriteOrder extends WritePosition {
  /** SHA-256 of what we found and of what we wrote: any other bytes on disk are a foreign write. */
  readonly hashes: readonly string[];
  /** Our last write was an end. */
  readonly ended: boolean;
  /** SHA-256 of the end that another program had written before ours: it stays. */
  readonly external?: string;
  /** What the task had used then, for lists. */
  readonly spent?: Usage;
}

/** More than three hashes and a dozen numbers take. */
const LENGTH = 800;

/** @returns the order; undefined when nothing was written yet, or the sidecar did not survive a power cut */
export function readOrder(path: string): WriteOrder | undefined {
  // A list asks for thousands that are not there: each error would cost ten times the look.
  if (!existsSync(path)) return undefined;
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as WriteOrder;
    const whole = Number.isFinite(value.run_started) && Number.isFinite(value.version) && Array.isArray(value.hashes);
    return whole ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What the sidecar of a task says that it has used; nothing when it says nothing. */
export function spentIn(path: string): { readonly spent?: Usage } {
  const spent = readOrder(path)?.spent;
  return spent === undefined ? {} : { spent };
}

/**
 * Written in place and not synced while a task runs: losing it loses an order, never a task, and a rename would make
 * the disk write. An end is synced: without its order the first write of a Reset would take our own end for a foreign
 * one.
 */
export async function writeOrder(path: string, order: WriteOrder): Promise<void> {
  if (order.ended) {
    await writeDurably(path, JSON.stringify(order).padEnd(LENGTH));
    return;
  }
  try {
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      // Padded to one length: no rest of a longer order stays after it.
      writeSync(file, JSON.stringify(order).padEnd(LENGTH), 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw workdirError('write', path, error);
  }
}

export function isOlder(a: WritePosition, b: WritePosition): boolean {
  return a.run_started < b.run_started || (a.run_started === b.run_started && a.version < b.version);
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
