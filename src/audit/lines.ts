/** The lines of a file of any size, one after another, in bounded memory. Bytes, not text: they may have been tampered with. */
import { createReadStream } from 'node:fs';
import { codeOf, workdirError } from '../files/errors.js';

export interface AuditLine {
  /** Without the line feed; of one that is longer than any entry only the beginning. */
  readonly bytes: Buffer;
  /** Where in the file the next one begins. */
  readonly end: number;
  /** Without a line feed at its end: the last one, not finished. */
  readonly torn: boolean;
}

const MAX_LINE = 1 << 20;
const LF = 10;

/** From a byte on; a file that is not there has none. */
export async function* linesOf(file: string, from: number): AsyncGenerator<AuditLine> {
  const pieces: Buffer[] = [];
  let length = 0;
  let end = from;
  const keep = (piece: Buffer): void => {
    if (length < MAX_LINE) pieces.push(piece);
    length += piece.length;
    end += piece.length;
  };
  try {
    for await (const chunk of createReadStream(file, { start: from }) as AsyncIterable<Buffer>) {
      let at = 0;
      for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, at)) {
        keep(chunk.subarray(at, lf));
        end++;
        yield { bytes: Buffer.concat(pieces), end, torn: false };
        pieces.length = 0;
        length = 0;
        at = lf + 1;
      }
      if (at < chunk.length) keep(chunk.subarray(at));
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw workdirError('read', file, error);
  }
  if (length > 0) yield { bytes: Buffer.concat(pieces), end, torn: true };
}
