/**
 * The files of an audit log and its key, which verification needs. The anchor lies elsewhere: a process that can write
 * the work directory should not reach it.
 */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { KEY_BYTES, makeKeyFile, readKeyFile } from '../files/key-file.js';

export interface AuditFiles {
  /** One entry a line, only ever appended to. */
  readonly file: string;
  readonly keyFile: string;
  /** How many entries there are, so that a cut tail shows. */
  readonly headFile: string;
  /** A copy of the head in another place. */
  readonly anchorFile?: string;
}

export interface AuditPlaces {
  readonly workdir: string;
  readonly audit: string;
  readonly auditKey: string;
  readonly auditHead: string;
}

/** Of a work directory; the anchor goes into the user's config directory. */
export function auditFilesOf(paths: AuditPlaces, configDirectory: string): AuditFiles {
  const name = createHash('sha256').update(resolve(paths.workdir)).digest('hex').slice(0, 32);
  return {
    file: paths.audit,
    keyFile: paths.auditKey,
    headFile: paths.auditHead,
    anchorFile: join(configDirectory, 'audit', `${name}.head`),
  };
}

/** Made only for a log that has no entries yet: a new key with old entries would make all of them look forged. */
export async function loadAuditKey(path: string, isNew: boolean): Promise<Buffer> {
  const found = readAuditKey(path);
  if (found) return found;
  if (!isNew)
    throw new RookeryError('environment', `The audit key ${path} is missing`, {
      hint: 'Restore it from a backup, or move audit.jsonl and its heads away to begin a new log',
    });
  await makeKeyFile(path);
  return loadAuditKey(path, false);
}

/** @returns undefined when there is none. Throws for a file that is no key, or that others may read. */
export function readAuditKey(path: string): Buffer | undefined {
  const text = readKeyFile(path, 'audit key');
  if (text === undefined) return undefined;
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  throw new RookeryError('environment', `The audit key ${path} is not ${KEY_BYTES} bytes in hex`, {
    hint: 'Restore it from a backup',
  });
}
