/**
 * The pages of an SQLite file as its next reader sees them: those of the file, and over them those of the last committed
 * transaction in its write-ahead log (https://www.sqlite.org/fileformat2.html). Reads only, and takes no lock.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ignoring } from '../files/errors.js';

export interface DatabaseSnapshot {
  readonly pageSize: number;
  /** Bytes of a page without what is reserved at its end. */
  readonly usable: number;
  /** Number of pages, as the database itself says. */
  readonly count: number;
  /** `n`: from 1. Undefined for a page behind the end of the file. */
  page(n: number): Buffer | undefined;
}

/** What the file is instead of a database, as the end of a sentence. */
export class NotSqlite extends Error {}

/** `work` must not keep the snapshot. Throws `NotSqlite`, and the system's error for a file that cannot be read. */
export function withSnapshot<T>(database: string, work: (snapshot: DatabaseSnapshot) => T): T {
  const file = openSync(database, 'r');
  try {
    const log = openLog(`${database}-wal`);
    try {
      return work(snapshotOf(file, log));
    } finally {
      if (log !== undefined) closeSync(log);
    }
  } finally {
    closeSync(file);
  }
}

// ---

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Its last bit says in which order of bytes the checksums were made. */
const LOG_MAGIC = 0x377f0682;

function openLog(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    return ignoring('ENOENT')(error);
  }
}

function snapshotOf(file: number, log: number | undefined): DatabaseSnapshot {
  const onDisk = bytesAt(file, 0, HEADER_BYTES);
  if (onDisk.length === 0) throw new NotSqlite('it is empty');
  const pageSize = pageSizeOf(onDisk);
  const committed = log === undefined ? undefined : committedFrames(log, pageSize);
  const fileBytes = fstatSync(file).size;
  const page = (n: number): Buffer | undefined => {
    const frame = committed?.frames.get(n);
    const bytes =
      frame === undefined || log === undefined
        ? bytesAt(file, (n - 1) * pageSize, pageSize)
        : bytesAt(log, frame, pageSize);
    return bytes.length === pageSize ? bytes : undefined;
  };
  const header = page(1);
  if (!header) throw new NotSqlite('it ends within its first page');
  if (pageSizeOf(header) !== pageSize) throw new NotSqlite('its header is not that of a database');
  const usable = pageSize - (header[20] ?? 0);
  return { pageSize, usable, page, count: committed?.count ?? countIn(header, Math.floor(fileBytes / pageSize)) };
}

/** Also checks all that is the same in every header. */
function pageSizeOf(header: Buffer): number {
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 16) !== MAGIC)
    throw new NotSqlite('it does not begin as an SQLite database');
  const size = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const isPower = size >= 512 && (size & (size - 1)) === 0;
  const fractions = header[21] === 64 && header[22] === 32 && header[23] === 32;
  const versions = [header[18], header[19]].every((version) => version === 1 || version === 2);
  const usable = size - (header[20] ?? 0);
  const format = header.readUInt32BE(44);
  const encoding = header.readUInt32BE(56);
  if (!isPower || !fractions || !versions || usable < 480 || format > 4 || encoding > 3)
    throw new NotSqlite('its header is not that of a database');
  return size;
}

/** An old SQLite may have written without it: then the length of the file counts. */
function countIn(header: Buffer, pagesOfFile: number): number {
  const count = header.readUInt32BE(28);
  return count > 0 && header.readUInt32BE(24) === header.readUInt32BE(92) ? count : pagesOfFile;
}

interface Committed {
  /** Where in the log the newest committed version of a page begins. */
  readonly frames: ReadonlyMap<number, number>;
  readonly count: number;
}

/** @returns undefined when nothing in the log counts. A frame that is not whole ends it, as for SQLite. */
function committedFrames(log: number, pageSize: number): Committed | undefined {
  const header = bytesAt(log, 0, LOG_HEADER_BYTES);
  if (header.length < LOG_HEADER_BYTES) return undefined;
  const magic = header.readUInt32BE(0);
  const sums = new Checksum((magic & 1) === 1);
  sums.add(header.subarray(0, 24));
  const logPageSize = header.readUInt32BE(8);
  if (magic >>> 1 !== LOG_MAGIC >>> 1 || !sums.is(header.subarray(24)) || logPageSize !== pageSize) return undefined;
  const frames = new Map<number, number>();
  const open = new Map<number, number>();
  let count: number | undefined;
  for (let at = LOG_HEADER_BYTES; ; at += FRAME_HEADER_BYTES + pageSize) {
    const frame = bytesAt(log, at, FRAME_HEADER_BYTES + pageSize);
    if (frame.length < FRAME_HEADER_BYTES + pageSize || !frame.subarray(8, 16).equals(header.subarray(16, 24))) break;
    sums.add(frame.subarray(0, 8));
    sums.add(frame.subarray(FRAME_HEADER_BYTES));
    if (!sums.is(frame.subarray(16, 24))) break;
    open.set(frame.readUInt32BE(0), at + FRAME_HEADER_BYTES);
    const after = frame.readUInt32BE(4);
    if (after === 0) continue;
    for (const [page, place] of open) frames.set(page, place);
    open.clear();
    count = after;
  }
  return count === undefined ? undefined : { frames, count };
}

/** The running checksum of a write-ahead log. */
class Checksum {
  #first = 0;
  #second = 0;

  constructor(private readonly bigEndian: boolean) {}

  /** Its length is a multiple of 8. */
  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 8) {
      this.#first = (this.#first + this.#word(bytes, at) + this.#second) >>> 0;
      this.#second = (this.#second + this.#word(bytes, at + 4) + this.#first) >>> 0;
    }
  }

  is(stored: Buffer): boolean {
    return stored.readUInt32BE(0) === this.#first && stored.readUInt32BE(4) === this.#second;
  }

  #word(bytes: Buffer, at: number): number {
    return this.bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }
}

/** Fewer bytes only at the end of the file. */
function bytesAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const more = readSync(file, buffer, read, length - read, position + read);
    if (more === 0) break;
    read += more;
  }
  return buffer.subarray(0, read);
}
