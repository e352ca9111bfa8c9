/**
 * Files that survive kill -9 and a power cut: temp file, fsync, rename, fsync of the directory; nothing less did.
 * Readers see the old text or the new one, never a part. Never writes through a symlink. Only what waits for the disk
 * is asynchronous: the other calls take microseconds, and handing each to another thread costs ten times that.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fsync as fsyncFile,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { access, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { RookeryError } from '../domain/errors.js';
import { codeOf, ignoring, workdirError } from './errors.js';

export interface WriteOptions {
  /** The file must not exist yet; if it does, nothing is written and the answer is false. */
  readonly exclusive?: boolean;
  /**
   * Called when the new file is ready: false drops the write, and the result is false. After a synchronous answer the
   * rename follows in the same step.
   */
  readonly guard?: () => boolean | Promise<boolean>;
  /** Called with the name of the temporary file before it is made; what it returns is called when the file is gone. */
  readonly noted?: (temporary: string) => () => void;
  /** Default 0600; the umask applies. */
  readonly mode?: number;
  /** The mode to the bit, whatever the umask. */
  readonly exactMode?: number;
  /**
   * Does not wait for the name: for files soon written again. A power cut within a quarter of a second may bring the
   * old text back, never a part. Default: false.
   */
  readonly syncNameLater?: boolean;
}

/**
 * @returns true when the text is in place and durable; false when `exclusive` or `guard` prevented it. Throws RookeryError
 * `workdir`.
 */
export async function writeDurably(path: string, text: string, options: WriteOptions = {}): Promise<boolean> {
  const temp = temporaryName(path);
  let isPlaced = false;
  let forget: (() => void) | undefined;
  try {
    assertReplaceable(path);
    forget = options.noted?.(temp);
    await fill(temp, text, options);
    const isAllowed = options.guard?.() ?? true;
    isPlaced = (typeof isAllowed === 'boolean' ? isAllowed : await isAllowed) && place(temp, path, options);
    if (isPlaced && options.syncNameLater) syncLater(dirname(path));
    else if (isPlaced) await syncDirectory(dirname(path));
    return isPlaced;
  } catch (error) {
    throw workdirError('write', path, error);
  } finally {
    if (!isPlaced) remove(temp);
    forget?.();
  }
}

/**
 * For what can be made again, or may be an older one after a power cut: readers see the old text or the new one, but
 * its name is not synced, and without `sync` its bytes are not either. Throws what the file system says, and leaves
 * nothing behind.
 */
export async function replaceTextFile(path: string, text: string, { sync }: { readonly sync: boolean }): Promise<void> {
  const temp = temporaryName(path);
  try {
    await fill(temp, text, { sync });
    renameSync(temp, path);
  } catch (error) {
    remove(temp);
    throw error;
  }
}

/** A file that is already absent is fine. */
export async function removeDurably(path: string): Promise<void> {
  try {
    unlinkSync(path);
    await syncDirectory(dirname(path));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw workdirError('remove', path, error);
  }
}

/** Makes the directory and its parents (0700) durably, and says so when nothing could be written into it. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await makeWithParents(resolve(path));
    if (!(await stat(path)).isDirectory()) throw new Error('it is a file, not a directory');
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw workdirError('use the directory', path, error);
  }
}

/** Removes the temp files that killed processes left behind; what is younger may still be in use. */
export async function removeLeftovers(directory: string, olderThanMs = 60_000): Promise<void> {
  const names = (await readdir(directory).catch(ignoring('ENOENT'))) ?? [];
  for (const name of names) {
    if (!LEFTOVER.test(name)) continue;
    const path = join(directory, name);
    const age = Date.now() - ((await lstat(path).catch(ignoring('ENOENT')))?.mtimeMs ?? Date.now());
    if (age > olderThanMs) await rm(path, { force: true });
  }
}

/** In the same directory (rename must not cross file systems), hidden, and not `.json`: other programs load those. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 60)}.${randomUUID()}.tmp`);
}

/** Waits until what was written to the open file is on disk. */
export const fsync = promisify(fsyncFile);

/**
 * Makes names in the directory durable. Calls during a sync share the next one: many tasks write into few
 * directories at the same moment.
 */
export function syncDirectory(path: string): Promise<void> {
  const next = queuedSyncs.get(path);
  if (next) return next;
  const before = runningSyncs.get(path);
  if (!before) return startSync(path);
  const queued = before.then(() => {
    queuedSyncs.delete(path);
    return startSync(path);
  });
  queuedSyncs.set(path, queued);
  return queued;
}

// ---

/** Git makes a file of its own beside one that it is told to write. */
const LEFTOVER = /^\..+\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp(\.lock)?$/;

const SYNC_DELAY_MS = 250;
const delayedSyncs = new Set<string>();

/** One sync for all requests of the interval. A failure shows at the next write, which fails too. */
function syncLater(path: string): void {
  if (delayedSyncs.has(path)) return;
  delayedSyncs.add(path);
  setTimeout(() => {
    delayedSyncs.delete(path);
    void syncDirectory(path).catch(() => undefined);
  }, SYNC_DELAY_MS).unref();
}

/** By directory: the running sync, which never rejects, and the queued one. */
const runningSyncs = new Map<string, Promise<void>>();
const queuedSyncs = new Map<string, Promise<void>>();

function startSync(path: string): Promise<void> {
  const work = syncNow(path);
  const settled = work
    .catch(() => undefined)
    .finally(() => runningSyncs.get(path) === settled && runningSyncs.delete(path));
  runningSyncs.set(path, settled);
  return work;
}

/** File systems without directory sync answer EINVAL or ENOTSUP, which is ignored. */
async function syncNow(path: string): Promise<void> {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await fsync(directory).catch(ignoring('EINVAL', 'ENOTSUP'));
  } finally {
    closeSync(directory);
  }
}

function remove(temp: string): void {
  try {
    rmSync(temp, { force: true });
  } catch {
    // A leftover is removed later.
  }
}

function assertReplaceable(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.isFile()) return;
  const kind = found.isSymbolicLink() ? 'a symlink' : 'not a regular file';
  throw new RookeryError('workdir', `Cannot write ${path}: it is ${kind}.`, { hint: 'Move it away.' });
}

interface FillOptions extends Pick<WriteOptions, 'mode' | 'exactMode'> {
  /** Default: true. */
  readonly sync?: boolean;
}

async function fill(temp: string, text: string, { mode = 0o600, exactMode, sync = true }: FillOptions): Promise<void> {
  const file = openSync(temp, 'wx', mode);
  try {
    if (exactMode !== undefined) fchmodSync(file, exactMode);
    writeFileSync(file, text);
    if (sync) await fsync(file);
  } finally {
    closeSync(file);
  }
}

/** A link refuses to replace, a rename does not: only so is `exclusive` free of races. */
function place(temp: string, path: string, { exclusive }: WriteOptions): boolean {
  if (!exclusive) {
    renameSync(temp, path);
    return true;
  }
  try {
    linkSync(temp, path);
    unlinkSync(temp);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Not mkdir's own `recursive`: on file systems that answer ENOENT whatever exists (/proc) it loops
 * forever. A new directory is a name in its parent: without the sync the whole branch may be gone after a power cut.
 */
async function makeWithParents(path: string): Promise<void> {
  if (await makeSingle(path)) return;
  await makeWithParents(dirname(path));
  if (!(await makeSingle(path))) throw new Error('directories cannot be made there');
}

/** @returns false when the parent is missing */
async function makeSingle(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    await syncDirectory(dirname(path));
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    // Not only EEXIST: a read-only file system may be what is found first.
    if (await exists(path)) return true;
    const remaining = await lstat(path).catch(ignoring('ENOENT', 'ENOTDIR'));
    // Removed between the two checks; only a broken symlink prevents a retry.
    if (codeOf(error) === 'EEXIST' && !remaining?.isSymbolicLink()) return makeSingle(path);
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(ignoring('ENOENT', 'ENOTDIR'))) !== undefined;
}
