/**
 * Keeps the logs of a directory small. Copies and truncates, since a running server never opens its log again;
 * its O_APPEND makes the next line start at the front. Lines written between the two are lost: it is only a log.
 */

import { chmod, copyFile, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../files/errors.js';

export interface Rotation {
  maxBytes?: number;
  /** Number of rotated logs kept; `server.log.1` is the newest. */
  keep?: number;
}

const TEN_MEBIBYTES = 10 * 1024 * 1024;

export async function rotateLogs(
  directory: string,
  { maxBytes = TEN_MEBIBYTES, keep = 3 }: Rotation = {},
): Promise<void> {
  const names = (await readdir(directory).catch(ignoring('ENOENT'))) ?? [];
  for (const name of names.filter((name) => name.endsWith('.log'))) {
    const log = join(directory, name);
    const size = (await stat(log).catch(ignoring('ENOENT')))?.size ?? 0;
    if (size > maxBytes) await rotate(log, keep);
  }
}

async function rotate(log: string, keep: number): Promise<void> {
  for (let n = keep - 1; n >= 1; n--) {
    await rename(`${log}.${n}`, `${log}.${n + 1}`).catch(ignoring('ENOENT'));
  }
  try {
    await copyFile(log, `${log}.1`);
    await chmod(`${log}.1`, 0o600);
  } catch {
    // On a full disk, free space is worth more than the log.
    await rm(`${log}.1`, { force: true });
  }
  await truncate(log);
}
