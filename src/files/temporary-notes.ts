/**
 * Notes of the temporary things that this process makes outside of its own directories, such as in a workspace. A note
 * is on disk before the thing, and goes away after it, so whatever a killed process left is known to the next one. One
 * rule removes it: its maker has ended, no living process has noted it too, and it is still what was noted.
 */
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fsync, makeDirectory } from './atomic-write.js';
import { codeOf, ignoring, workdirError } from './errors.js';
import { withLock } from './file-lock.js';
import { MARK, makerHasEnded, processMark } from './process-mark.js';

/**
 * `directory`: an empty directory, and `file`: a file with a known text, which stand under a name that other programs
 * use: removed only when they are unchanged. `own`: a file or directory under a random name, removed with all it holds.
 */
export type Noted =
  | { readonly kind: 'directory'; readonly path: string; readonly id?: string }
  | { readonly kind: 'file'; readonly path: string; readonly text: string; readonly id?: string }
  | { readonly kind: 'own'; readonly path: string };

export type StandIn = Exclude<Noted, { kind: 'own' }>;

export interface TemporaryNote {
  /** Its file. */
  readonly path: string;
  /** Says which things were made: a name alone could be taken by something else later. */
  complete(things: readonly Noted[]): void;
  remove(): void;
}

/**
 * Marks a stand-in before its identity is noted. Nothing else sets this bit on an empty directory or on such a file; on
 * file systems without modes, what was made in the last instant before a kill stays.
 */
export const STAND_IN_BIT = 0o1000;

/** By path: what living processes have noted. */
export type Standing = ReadonlyMap<string, Noted>;

/**
 * `fn` gets what living processes have noted, apart from the note `without`, after the things of dead ones are gone. One
 * caller at a time. Throws RookeryError `workdir`.
 */
export async function withNotes<T>(
  directory: string,
  fn: (standing: Standing) => Promise<T>,
  without?: TemporaryNote,
): Promise<T> {
  await makeDirectory(directory);
  return withLock(join(directory, 'lock'), async () => fn(await sweep(directory, without?.path)), LOCK_MS);
}

/** For the start of a worker. A directory that does not exist has no notes. */
export async function removeNotedLeftovers(directory: string): Promise<void> {
  if ((await stat(directory).catch(ignoring('ENOENT'))) === undefined) return;
  await withNotes(directory, async () => undefined);
}

/** Durable when it resolves, as far as the file system tells. The directory exists. */
export async function noteDurably(directory: string, things: readonly Noted[]): Promise<TemporaryNote> {
  const { file, note } = open(directory, things);
  try {
    await fsync(file);
  } finally {
    closeSync(file);
  }
  return note;
}

/** For `writeDurably` in a directory that is not Rookery's: its temporary file is noted in `directory`. */
export function notedIn(directory: string): (temporary: string) => () => void {
  return (temporary) => noteOwn(directory, temporary);
}

/**
 * For one thing under a random name. Survives a kill, not a power cut. Throws nothing: where no note can be written, the
 * thing may stay after a kill. @returns what removes the note
 */
export function noteOwn(directory: string, path: string): () => void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { file, note } = open(directory, [{ kind: 'own', path }]);
    closeSync(file);
    return () => note.remove();
  } catch {
    return () => undefined;
  }
}

/** Whether what lies there now is the noted thing, unchanged. */
export function isStill(noted: Noted, found: Stats): boolean {
  if (noted.kind === 'own') return true;
  const isIt = noted.id === undefined ? (found.mode & STAND_IN_BIT) !== 0 : noted.id === identityOf(found);
  return isIt && (noted.kind === 'directory' ? found.isDirectory() : found.isFile());
}

export function identityOf({ dev, ino, birthtimeMs }: Stats): string {
  return `${dev} ${ino} ${birthtimeMs}`;
}

/** Removes the thing when it is still what was noted. Throws nothing: else it belongs to someone else. */
export function removeNoted(noted: Noted): void {
  try {
    const found = lstatSync(noted.path);
    if (!isStill(noted, found)) return;
    if (noted.kind === 'own') rmSync(noted.path, { recursive: true, force: true });
    else if (noted.kind === 'directory') removeEmpty(noted.path, found);
    else if (['', noted.text].includes(readFileSync(noted.path, 'utf8'))) unlinkSync(noted.path);
  } catch {
    // It is gone, or cannot be removed by this user.
  }
}

// ---

const LOCK_MS = 60_000;
const NAME = new RegExp(`^(${MARK})\\.\\d+$`);
let count = 0;

/** A note is a file of one line, and of a second one with the identities. */
function open(directory: string, things: readonly Noted[]): { file: number; note: TemporaryNote } {
  const path = join(directory, `${processMark()}.${++count}`);
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, lineOf(things));
    return { file, note: { path, complete: (made) => append(path, made), remove: () => removeFile(path) } };
  } catch (error) {
    removeFile(path);
    throw workdirError('write', path, error);
  }
}

function append(path: string, things: readonly Noted[]): void {
  try {
    const file = openSync(path, 'a');
    writeSync(file, lineOf(things));
    closeSync(file);
  } catch (error) {
    throw workdirError('write', path, error);
  }
}

function lineOf(things: readonly Noted[]): string {
  return `${JSON.stringify(things)}\n`;
}

async function sweep(directory: string, without: string | undefined): Promise<Standing> {
  const standing = new Map<string, Noted>();
  const left: { readonly path: string; readonly things: readonly Noted[] }[] = [];
  for (const name of await readdir(directory)) {
    const mark = NAME.exec(name)?.[1];
    const path = join(directory, name);
    const found = mark === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
    if (mark === undefined || !found || path === without) continue;
    const things = read(path);
    if (makerHasEnded(mark, found.mtimeMs)) left.push({ path, things });
    else for (const thing of things) standing.set(thing.path, thing);
  }
  for (const { path, things } of left) {
    for (const thing of deepestFirst(things)) if (!standing.has(thing.path)) removeNoted(thing);
    removeFile(path);
  }
  return standing;
}

export function deepestFirst<T extends Noted>(things: readonly T[]): T[] {
  return [...things].sort((one, other) => other.path.length - one.path.length);
}

/** The last whole line counts: a killed process may have written a part of the second one. */
function read(path: string): readonly Noted[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return JSON.parse(lines.at(-1) ?? '[]') as Noted[];
  } catch {
    return [];
  }
}

/** One that was filled meanwhile is a directory like any other from now on. */
function removeEmpty(path: string, { mode }: Stats): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') chmodSync(path, mode & 0o777);
    throw error;
  }
}

function removeFile(path: string): void {
  rmSync(path, { force: true });
}
