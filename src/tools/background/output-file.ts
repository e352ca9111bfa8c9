/**
 * The output of a background command on disk, in a bounded file: a header with the number of all bytes, the beginning, and
 * a ring with the end. Written and read in place, so that a killed worker loses nothing that it had received, and another
 * process can read while the command runs.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { FIXED } from '../../domain/limits.js';
import { joinParts, type TruncateOptions } from '../../domain/truncate.js';
import { decode, withoutPartialEnd, withoutPartialStart } from '../../processes/capture.js';

export interface OutputFile {
  /** All bytes that were pushed, kept or not. */
  readonly total: number;
  /** Throws nothing: what a full disk does not take is missing in the file. */
  push(chunk: Uint8Array): void;
  /** Beginning and end, decoded. */
  text(options?: TruncateOptions): string;
  close(): void;
}

/** What was printed from a place on. */
export interface Printed {
  readonly head: Buffer;
  /** Bytes between head and tail that were not kept. */
  readonly lost: number;
  readonly tail: Buffer;
  /** All bytes until now. */
  readonly total: number;
}

/** `maxBytes` must be the same for writer and readers. Throws nothing: without a file the output is lost. */
export function createOutputFile(path: string, maxBytes: number = FIXED.backgroundBytes): OutputFile {
  const { headBytes, ringBytes } = partsOf(maxBytes);
  const file = create(path);
  let total = 0;
  const write = (bytes: Uint8Array, at: number): void => {
    if (file === undefined) return;
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
    } catch {
      // A full disk must not end the command.
    }
  };
  const writeTotal = (): void => write(Buffer.from(String(total).padEnd(HEADER_BYTES)), 0);
  writeTotal();
  return {
    get total() {
      return total;
    },
    push(chunk) {
      const first = chunk.subarray(0, Math.max(0, headBytes - total));
      write(first, HEADER_BYTES + total);
      const rest = chunk.subarray(first.length).subarray(-ringBytes);
      total += chunk.length;
      const at = (total - rest.length - headBytes) % ringBytes;
      const beforeWrap = rest.subarray(0, ringBytes - at);
      write(beforeWrap, HEADER_BYTES + headBytes + at);
      write(rest.subarray(beforeWrap.length), HEADER_BYTES + headBytes);
      writeTotal();
    },
    text(options) {
      try {
        return printedText(readOutput(path, 0, maxBytes), { isOver: true, ...options }).text;
      } catch {
        return '';
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
    },
  };
}

/** Throws when there is no such file. */
export function readOutput(path: string, from: number, maxBytes: number = FIXED.backgroundBytes): Printed {
  const { headBytes, ringBytes } = partsOf(maxBytes);
  const file = openSync(path, 'r');
  try {
    const total = Number(read(file, 0, HEADER_BYTES).toString('latin1')) || 0;
    const ringStart = Math.max(headBytes, total - ringBytes, from);
    const head = read(file, HEADER_BYTES + from, Math.min(headBytes, total) - from);
    const size = Math.max(0, total - ringStart);
    const at = (ringStart - headBytes) % ringBytes;
    const beforeWrap = Math.min(size, ringBytes - at);
    const ring = HEADER_BYTES + headBytes;
    const tail = Buffer.concat([read(file, ring + at, beforeWrap), read(file, ring, size - beforeWrap)]);
    return { head, lost: size === 0 ? 0 : ringStart - Math.max(headBytes, from), tail, total };
  } finally {
    closeSync(file);
  }
}

export interface TextRequest extends TruncateOptions {
  /** Nothing more will come. Else the beginning of a character waits for its rest. */
  readonly isOver: boolean;
}

/** `held`: bytes at the end that wait for more. */
export function printedText(
  { head, tail, lost }: Printed,
  { isOver, ...options }: TextRequest,
): { readonly text: string; readonly held: number } {
  const rest = lost > 0 ? withoutPartialStart(tail) : Buffer.concat([head, tail]);
  const whole = isOver ? rest : withoutPartialEnd(rest);
  const text = decode(whole);
  const parts = lost > 0 ? { head: decode(withoutPartialEnd(head)), lost, tail: text } : { head: text, lost, tail: '' };
  return { text: joinParts(parts, options), held: rest.length - whole.length };
}

// ---

const HEADER_BYTES = 16;

function partsOf(maxBytes: number): { headBytes: number; ringBytes: number } {
  const headBytes = Math.floor(maxBytes / 2);
  return { headBytes, ringBytes: maxBytes - headBytes };
}

function create(path: string): number | undefined {
  try {
    return openSync(path, 'w', 0o600);
  } catch {
    return undefined;
  }
}

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, length));
  let done = 0;
  while (done < bytes.length) {
    const got = readSync(file, bytes, done, bytes.length - done, at + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}
