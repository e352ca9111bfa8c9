/** Reads a file that anybody may have put there: never follows a symlink, never waits for a pipe, never reads without end. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { codeOf } from '../durable/failure.js';

const MAX_BYTES = 64 * 1024 * 1024;

/** Undefined: there is no such file. Throws an error whose message says what is wrong with it. */
export async function readText(path: string): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readBytes(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw codeOf(error) === 'ELOOP' ? new Error('it is a symlink') : error;
  }
  const text = textOf(bytes);
  if (text === undefined) throw new Error('it is not valid UTF-8');
  return text;
}

/** Undefined: the bytes are no valid UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// ---

async function readBytes(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > MAX_BYTES) throw new Error(`it is ${stat.size} bytes, more than ${MAX_BYTES}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
