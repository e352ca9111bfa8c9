/** The key of the audit log: 32 random bytes in hex, in a file that nobody else may read. Without it nothing can be verified. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { codeOf } from '../durable/failure.js';
import { makeDirectory, writeDurably } from '../durable/write.js';

const KEY_BYTES = 32;

/** Made only for a log that has no entries yet: a new key beside old entries would make all of them look forged. */
export async function loadAuditKey(path: string, isNew: boolean): Promise<Buffer> {
  const found = readAuditKey(path);
  if (found) return found;
  if (!isNew)
    throw new RookeryError('environment', `The audit key ${path} is missing`, {
      hint: 'Restore it from a backup, or move audit.jsonl and its heads away to begin a new log',
    });
  await makeDirectory(dirname(path));
  await writeDurably(path, randomBytes(KEY_BYTES).toString('hex'), { exclusive: true });
  return loadAuditKey(path, false);
}

/** Undefined: there is none. Throws for a file that is no key, or that others may read: then it proves nothing. */
export function readAuditKey(path: string): Buffer | undefined {
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      throw new RookeryError('environment', `The audit key ${path} can be read by others`, {
        hint: `Run: chmod 600 ${path}`,
      });
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof RookeryError) throw error;
    throw new RookeryError('environment', `The audit key ${path} cannot be read: ${sentenceOf(error)}`, {
      cause: error,
    });
  }
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  throw new RookeryError('environment', `The audit key ${path} is not ${KEY_BYTES} bytes in hex`, {
    hint: 'Restore it from a backup',
  });
}
