/** A key in a file: random bytes in hex, readable only by its owner. Does not know what a key is used for. */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { makeDirectory, writeDurably } from './atomic-write.js';
import { fileProblem } from './errors.js';
import { checkOwned, inShell, readRegular } from './ownership.js';

export const KEY_BYTES = 32;

const MAX_FILE_BYTES = 4096;

/** Creates a key file (mode 0600) and its directory. An existing file is kept. */
export async function makeKeyFile(path: string): Promise<void> {
  await makeDirectory(dirname(path));
  await writeDurably(path, randomBytes(KEY_BYTES).toString('hex'), { exclusive: true });
}

/**
 * @returns the content of the file, not decoded; undefined when there is no file. Throws RookeryError `environment`,
 * with `name` in its message, when the file cannot be read, belongs to another user, or can be read or written by
 * others: such a key proves nothing.
 */
export function readKeyFile(path: string, name: string): string | undefined {
  try {
    const found = readRegular(path, MAX_FILE_BYTES);
    if (!found) return undefined;
    checkOwned(found.stats, { path, name });
    if (isReadByOthers(found.stats))
      throw new RookeryError('environment', `The ${name} ${path} can be read by others`, {
        hint: `Run: chmod 600 ${inShell(path)}`,
      });
    return found.text.trim();
  } catch (error) {
    if (error instanceof RookeryError) throw error;
    throw new RookeryError('environment', `The ${name} ${path} cannot be read: ${fileProblem(error)}`, {
      cause: error,
    });
  }
}

// ---

/** A mounted secret belongs to root: a process that is not root can read it through its group only. */
function isReadByOthers({ mode, uid }: Stats): boolean {
  const isMounted = uid === 0 && process.geteuid?.() !== 0;
  return (mode & (isMounted ? 0o037 : 0o077)) !== 0;
}
