/**
 * Reads files that any program may have created, and tells from their stamps whether they have changed: never follows a
 * symlink, never blocks on a pipe, never reads without a limit.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { codeOf } from '../files/errors.js';
import { hashOf } from './write-order.js';

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * @returns the text; undefined when there is no such file. Throws an error whose message says what is wrong with it.
 */
export async function readText(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, FLAGS);
    try {
      assertReadable(await file.stat());
      return validText(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    return undefinedIfMissing(error);
  }
}

export interface BytesReading {
  /** Valid until the next file is read. */
  readonly bytes: Buffer;
  /** Taken before the file was read: a later write has another stamp. */
  readonly stats: Stats;
}

export interface Reading {
  readonly text: string;
  readonly stats: BytesReading['stats'];
}

/**
 * Like `readText`, synchronously: for many small files each asynchronous step would wait longer for the event loop than
 * for the disk.
 */
export function readTextSync(path: string): Reading | undefined {
  const reading = readBytesSync(path);
  return reading && { text: validText(reading.bytes), stats: reading.stats };
}

/** Like `readTextSync`, and whatever the bytes are. */
export function readBytesSync(path: string): BytesReading | undefined {
  try {
    const file = openSync(path, FLAGS);
    try {
      const stats = fstatSync(file);
      assertReadable(stats);
      const read = READ_BUFFER.subarray(0, readSync(file, READ_BUFFER));
      // The buffer is not full: that was the end, whatever the size was a moment ago.
      const isWhole = read.length < READ_BUFFER.length;
      return { bytes: isWhole ? read : Buffer.concat([read, readFileSync(file)]), stats };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return undefinedIfMissing(error);
  }
}

/** @returns the text; undefined when the bytes are not valid UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : undefined;
}

/** More than the clock step of any known file system. */
export const CLOCK_STEP_MS = 20;

/**
 * @returns the stamp; undefined when the file is so new that another write could leave the same stamp, because the
 * clock of a file system moves in steps of `stepMs`
 */
export function fileStampOf({ ino, size, mtimeMs, ctimeMs }: Stats, stepMs: number): string | undefined {
  return Date.now() - Math.max(mtimeMs, ctimeMs) < stepMs ? undefined : `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** @returns SHA-256 of the text at the path, read only when its stamp has changed; undefined when it is not text */
export function hashAt(path: string, stat: Stats, read: () => string | undefined): string | undefined {
  const stamp = fileStampOf(stat, CLOCK_STEP_MS);
  const before = known.get(path);
  if (before && before.stamp === stamp) return before.hash;
  const text = read();
  const hash = text === undefined ? undefined : hashOf(text);
  known.delete(path);
  if (stamp !== undefined && hash !== undefined) known.set(path, { stamp, hash });
  for (const oldest of known.keys()) {
    if (known.size <= MAX_REMEMBERED) break;
    known.delete(oldest);
  }
  return hash;
}

// ---

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Reused for each file of a long list. */
const READ_BUFFER = Buffer.alloc(64 * 1024);

function assertReadable(stat: Stats): void {
  if (!stat.isFile()) throw new Error('it is not a regular file');
  if (stat.size > MAX_BYTES) throw new Error(`it is ${stat.size} bytes, more than ${MAX_BYTES}`);
}

function validText(bytes: Buffer): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new Error('it is not valid UTF-8');
  return text;
}

function undefinedIfMissing(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT') return undefined;
  throw codeOf(error) === 'ELOOP' ? new Error('it is a symlink') : error;
}

const MAX_REMEMBERED = 1_000;
const known = new Map<string, { readonly stamp: string; readonly hash: string }>();
