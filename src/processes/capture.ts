/**
 * Keeps the beginning and the end of a byte stream in a fixed amount of memory, and reads what a program that has ended
 * left in its pipes, without waiting for other processes that hold a pipe open.
 */

import type { Readable } from 'node:stream';
import { FIXED } from '../domain/limits.js';
import { joinParts, type TruncateOptions } from '../domain/truncate.js';

export interface Capture {
  /** All bytes that were pushed, kept or not. */
  readonly total: number;
  push(chunk: Uint8Array): void;
  text(options?: TruncateOptions): string;
}

export function createCapture(maxBytes: number = FIXED.toolOutputBytes): Capture {
  const headBytes = Math.floor(maxBytes / 2);
  // Both grow when they are needed: most outputs are short, and their memory is not V8's own.
  let head: Buffer = EMPTY;
  let ring: Buffer = EMPTY;
  let total = 0;
  let written = 0;

  return {
    get total() {
      return total;
    },
    push(chunk) {
      const first = chunk.subarray(0, Math.max(0, headBytes - total));
      if (first.length > 0) {
        head = roomFor(head, total + first.length, headBytes);
        head.set(first, total);
      }
      total += chunk.length;
      const rest = chunk.subarray(first.length);
      if (rest.length === 0) return;
      if (ring.length === 0) ring = Buffer.alloc(maxBytes - headBytes);
      writeRing(ring, rest.subarray(-ring.length), (written + Math.max(0, rest.length - ring.length)) % ring.length);
      written += rest.length;
    },
    text(options = {}) {
      const kept = Math.min(written, ring.length);
      const at = written > ring.length ? written % ring.length : 0;
      const tail = Buffer.concat([ring.subarray(at, kept), ring.subarray(0, at)]);
      const start = head.subarray(0, Math.min(total, headBytes));
      if (written <= ring.length)
        return joinParts({ head: decode(Buffer.concat([start, tail])), lost: 0, tail: '' }, options);
      const characters = { head: withoutPartialEnd(start), tail: withoutPartialStart(tail) };
      const lost = total - characters.head.length - characters.tail.length;
      return joinParts({ head: decode(characters.head), lost, tail: decode(characters.tail) }, options);
    },
  };
}

/** After the end of all its processes a pipe holds at most what the kernel buffered. */
const DRAIN_MS = 500;

export async function drained(streams: readonly (Readable | null)[]): Promise<void> {
  const open = streams.filter((stream) => stream && !stream.closed);
  const closed = open.map((stream) => new Promise<void>((resolve) => stream?.once('close', () => resolve())));
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS);
  });
  await Promise.race([Promise.all(closed), timeout]);
  clearTimeout(timer);
}

export function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Without the beginning of a code point whose end was dropped. */
export function withoutPartialEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) return widthOf(byte) > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}

/** Without the end of a code point whose beginning was dropped. */
export function withoutPartialStart(bytes: Buffer): Buffer {
  let at = 0;
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++;
  return bytes.subarray(at);
}

// ---

const EMPTY = Buffer.alloc(0);

/** A buffer with the same beginning and room for `needed` bytes, never larger than `most`. */
function roomFor(buffer: Buffer, needed: number, most: number): Buffer {
  if (needed <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafe(Math.min(most, Math.max(needed, 2 * buffer.length)));
  buffer.copy(larger);
  return larger;
}

function writeRing(ring: Buffer, bytes: Uint8Array, at: number): void {
  const first = bytes.subarray(0, ring.length - at);
  ring.set(first, at);
  ring.set(bytes.subarray(first.length), 0);
}

function widthOf(lead: number): number {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}
