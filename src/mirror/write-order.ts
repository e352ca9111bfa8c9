/**
 * The order of the writes of one task: by start of the run, then by version of the record. Stored next to the files,
 * never in them: RavenClaws drops unknown fields.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type Lineage, toLineage } from '../domain/continues.js';
import type { Usage } from '../domain/task.js';
import { readAbout, type TaskAbout } from '../domain/task-about.js';
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
  /** For lists. */
  readonly about?: TaskAbout;
  /** Where the task comes from, for lists. */
  readonly from?: Lineage;
}

/** What lists take from it. */
export interface ListedOrder {
  readonly spent?: Usage;
  readonly about?: TaskAbout;
  readonly from?: Lineage;
}

/** More than three hashes, a dozen numbers, a path and a lineage take. */
const LENGTH = 1_400;

/** @returns the order; undefined when nothing was written yet, or the sidecar did not survive a power cut */
export function readOrder(path: string): WriteOrder | undefined {
  // A list asks for thousands that are not there: each error would cost ten times the look.
  if (!existsSync(path)) return undefined;
  try {
    const [text = ''] = readFileSync(path, 'utf8').split('\n', 1);
    const value = JSON.parse(text) as WriteOrder;
    const whole = Number.isFinite(value.run_started) && Number.isFinite(value.version) && Array.isArray(value.hashes);
    return whole ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What the sidecar of a task says that it has used, what it is called and where it comes from; nothing when it says nothing. */
export function listedOrder(path: string): ListedOrder {
  const { spent, about, from } = readOrder(path) ?? {};
  const lineage = toLineage(from);
  return {
    ...(spent === undefined ? {} : { spent }),
    ...(about === undefined ? {} : { about: readAbout(about) }),
    ...(lineage === undefined ? {} : { from: lineage }),
  };
}

/**
 * Written in place and not synced while a task runs: losing it loses an order, never a task, and a rename would make
 * the disk write. An end is synced: without its order the first write of a Reset would take our own end for a foreign
 * one.
 */
export async function writeOrder(path: string, order: WriteOrder): Promise<void> {
  if (order.ended) {
    await writeDurably(path, textOf(order));
    return;
  }
  try {
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      writeSync(file, textOf(order), 0);
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

// ---

/** One line, padded: what stays of a longer order is on the lines behind it, and is not read. */
function textOf(order: WriteOrder): string {
  return `${JSON.stringify(order)}\n`.padEnd(LENGTH);
}
