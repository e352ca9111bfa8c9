/**
 * Private directories of this process in the system's temporary directory. Their names carry the mark of their maker, so
 * that those of a process that was killed are found and removed.
 */
import { lstat, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MARK, makerHasEnded, processMark } from './process-mark.js';

/** `purpose`: a word for the name. @returns the real path */
export async function makeTemporaryDirectory(purpose: string): Promise<string> {
  return mkdtemp(join(await realpath(tmpdir()), `rookery-${purpose}-${processMark()}.`));
}

/** Removes those of this user whose maker has ended. Throws nothing: what cannot be removed is tried again later. */
export async function removeAbandonedDirectories(): Promise<void> {
  const names = await readdir(tmpdir()).catch((): string[] => []);
  for (const name of names) {
    const mark = NAME.exec(name)?.[1];
    if (mark === undefined) continue;
    const path = join(tmpdir(), name);
    const stats = await lstat(path).catch(() => undefined);
    if (!stats?.isDirectory() || stats.uid !== (process.geteuid?.() ?? stats.uid)) continue;
    if (makerHasEnded(mark, stats.mtimeMs)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

// ---

const NAME = new RegExp(`^rookery-[a-z]+-(${MARK})\\.`);
