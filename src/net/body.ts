/** The body of an answer, unpacked, up to a number of bytes: what a bomb unpacks to beyond them is never made. */
import { type Duplex, pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Refusal } from '../domain/errors.js';

export interface Body {
  readonly bytes: Buffer;
  /** There was more. */
  readonly cut: boolean;
}

export const ENCODINGS = 'gzip, deflate, br';

/** Ends the stream in any case. `encoding` is the header `content-encoding`; one layer is unpacked, more are refused. */
export async function readBody(source: Readable, encoding: string, maxBytes: number): Promise<Body> {
  const stream = unpacked(source, encoding);
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop ends the stream, and with it all that feeds it.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return { bytes: Buffer.concat(chunks), cut: size > maxBytes };
}

// ---

function unpacked(source: Readable, encoding: string): Readable {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return source;
  const create = UNPACK.get(name);
  if (create) return pipeline(source, create(), () => undefined);
  source.destroy();
  throw new Refusal('The answer is packed in a way that is not understood.');
}

const UNPACK = new Map<string, () => Duplex>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['br', () => createBrotliDecompress()],
]);
