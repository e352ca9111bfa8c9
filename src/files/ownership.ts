/**
 * Who owns a path, and who else can write it. What decides what runs (keys, rules, settings, trust, and the directories
 * that hold them) counts only when it belongs to this user or to root, and when no other user can write or exchange it.
 */
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';

export interface NamedPath {
  readonly path: string;
  /** The name in the message, such as "signing key". */
  readonly name: string;
}

/** Throws RookeryError 'environment' when it belongs to another user, or when group or others can write it. */
export function checkOwned(stats: Stats, { path, name }: NamedPath): void {
  const user = process.geteuid?.();
  // A system without user ids has no modes either.
  if (user === undefined) return;
  const isDirectory = stats.isDirectory();
  if (stats.uid !== user && stats.uid !== 0)
    throw refused(
      `The ${name} ${path} belongs to user ${stats.uid}, and this is user ${user}`,
      `If it is yours, run: chown ${isDirectory ? '-R ' : ''}${user} ${inShell(path)}; otherwise do not use it`,
    );
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0)
    throw refused(
      `The ${name} ${path} can be written by others (mode ${modeOf(stats)})`,
      `Run: chmod ${isDirectory ? 700 : 600} ${inShell(path)}`,
    );
}

/** As `checkOwned`, for a directory, and for the directories above it. One that is not there is fine. */
export function checkOwnedDirectory(named: NamedPath): void {
  const stats = statOf(named.path);
  if (stats) checkOwned(stats, named);
  checkParents(named);
}

/**
 * @returns the text of a file that decides something; undefined when absent. Throws RookeryError 'environment' as
 * `checkOwned` does, and otherwise what the file system says.
 */
export function readOwned(named: NamedPath): string | undefined {
  const found = readRegular(named.path);
  if (found) checkOwned(found.stats, named);
  return found?.text;
}

export interface RegularFile {
  readonly text: string;
  /** Of the file that was read, whatever has its name by now. */
  readonly stats: Stats;
}

/** Never waits for a pipe, reads a device or reads without end. Follows symlinks. @returns undefined when absent. */
export function readRegular(path: string, maxBytes = MAX_BYTES): RegularFile | undefined {
  // Where there is none, which is usual, an error would cost more than the look.
  if (!statSync(path, { throwIfNoEntry: false })) return undefined;
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() && !stats.isDirectory()) throw new Error('it is not a regular file');
    return { text: textOf(file, maxBytes), stats };
  } finally {
    closeSync(file);
  }
}

/** A directory above it whose group can exchange what it holds. Not refused: it may be a group with one member. */
export function parentOfGroup(path: string): string | undefined {
  return parentsOf(path).find(({ stats }) => isExchangeable(stats, 0o020))?.path;
}

/** Quoted as one shell word. */
export function inShell(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

// ---

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
const MAX_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** A user who can write a directory can exchange what it holds, unless it is sticky, as /tmp is. */
function checkParents({ path, name }: NamedPath): void {
  if (process.geteuid === undefined) return;
  const exchangeable = parentsOf(path).find(({ stats }) => isExchangeable(stats, 0o002));
  if (!exchangeable) return;
  throw refused(
    `Every user can exchange the ${name} ${path}, because ${exchangeable.path} can be written by others (mode ${modeOf(exchangeable.stats)})`,
    `Run: chmod o-w ${inShell(exchangeable.path)}`,
  );
}

function isExchangeable({ mode }: Stats, bits: number): boolean {
  return (mode & bits) !== 0 && (mode & STICKY) === 0;
}

/** Those of its name, and those that the name leads to by symlinks. */
function parentsOf(path: string): { readonly path: string; readonly stats: Stats }[] {
  const names = new Set([...above(resolve(path)), ...above(realOf(path))]);
  return [...names].flatMap((name) => {
    const stats = statOf(name);
    return stats ? [{ path: name, stats }] : [];
  });
}

function above(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...above(parent)];
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** @returns undefined also when it cannot be inspected: its use reports the reason. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Reads in pieces: the size that a file in /proc reports is not its real size. */
function textOf(file: number, maxBytes: number): string {
  const pieces: Buffer[] = [];
  for (let size = 0; ; ) {
    const piece = Buffer.alloc(CHUNK_BYTES);
    const read = readSync(file, piece);
    if (read === 0) return Buffer.concat(pieces).toString('utf8');
    size += read;
    if (size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    pieces.push(piece.subarray(0, read));
  }
}

function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

function refused(message: string, hint: string): RookeryError {
  return new RookeryError('environment', message, { hint });
}
