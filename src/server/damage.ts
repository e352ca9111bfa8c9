/**
 * Whether the server's database is damaged: from its files, and from what SQLite has told the server's log. A database
 * that is in use, locked, or on a full disk is none. Reads only.
 */
import { lstatSync, type Stats, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError } from '../domain/errors.js';
import { codeOf, fileProblem, ignoring } from '../files/errors.js';
import type { ServerFiles } from './files.js';
import { structuralProblem } from './sqlite-check.js';
import { damageIn, FIX_DATABASE } from './sqlite-messages.js';
import { NotSqlite, withSnapshot } from './sqlite-snapshot.js';

export interface Damage {
  /** The end of a sentence about the database. */
  readonly why: string;
  /** Only its mode keeps this user from reading it. */
  readonly forbidden?: true;
}

/**
 * Of a database that no process writes. Throws RookeryError `environment` when the disk cannot be read: moving files there would help
 * nothing. `maxBytes`: a longer one is looked at only as far as it takes no time.
 */
export function databaseDamage(files: ServerFiles, maxBytes = Number.POSITIVE_INFINITY): Damage | undefined {
  const { database, version } = files;
  try {
    // Without a finished first start there is no task in it.
    if (!isThere(version)) return undefined;
    const found = statSync(database, { throwIfNoEntry: false });
    if (!found) return { why: 'it is missing' };
    if (!found.isFile()) return { why: found.isDirectory() ? 'a directory is in its place' : 'it is no file' };
    const why = withSnapshot(database, (snapshot) => (found.size > maxBytes ? undefined : structuralProblem(snapshot)));
    return why === undefined ? undefined : { why };
  } catch (error) {
    if (error instanceof NotSqlite) return { why: error.message };
    if (codeOf(error) === 'EACCES') return { why: 'it may not be read', forbidden: true };
    throw new RookeryError('environment', `The database ${database} cannot be read: ${fileProblem(error)}`, {
      hint: 'Check the disk, and copy the work directory to another one first',
      cause: error,
    });
  }
}

/**
 * Of the database of a running server, which may change it meanwhile: only what is found while nothing changed counts.
 * @returns `unknown` when it changed each time
 */
export async function liveDamage(files: ServerFiles): Promise<Damage | 'unknown' | undefined> {
  for (let look = 1; look <= LIVE_LOOKS; look++) {
    const before = stampOf(files);
    const damage = databaseDamage(files);
    if (!damage) return undefined;
    await pause(CLOCK_STEP_MS);
    // What changed just before the look has the stamp of the look too.
    if (before !== undefined && stampOf(files) === before) return damage;
    await pause(LIVE_PAUSE_MS);
  }
  return 'unknown';
}

/** What the server that runs, or ran last, has logged since it was started. */
export async function loggedDamage(files: ServerFiles): Promise<Damage | undefined> {
  const started = (await stat(files.state).catch(ignoring('ENOENT')))?.mtimeMs;
  if (started === undefined) return undefined;
  const lines = (await endOfLog(files.log)).split('\n').filter((line) => timeOf(line) > started);
  const words = lines.map(damageIn).find((found) => found !== undefined);
  return words === undefined ? undefined : { why: `its server says "${words}"` };
}

export function damagedDatabase({ database }: ServerFiles, { why, forbidden }: Damage): RookeryError {
  const problem = forbidden ? 'cannot be used' : 'is damaged';
  return new RookeryError('environment', `The database ${database} of the Temporal server ${problem}: ${why}`, {
    hint: FIX_DATABASE,
  });
}

// ---

const LIVE_LOOKS = 5;
const LIVE_PAUSE_MS = 200;
/** Some file systems keep times in steps of a timer tick. */
const CLOCK_STEP_MS = 20;
const LOG_BYTES = 1024 * 1024;

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** @returns undefined when the file changed in the last instant */
function stampOf({ database }: ServerFiles): string | undefined {
  const stats = [database, `${database}-wal`].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (stats.some((found) => found && Date.now() - found.mtimeMs < CLOCK_STEP_MS)) return undefined;
  return stats.map(stampIn).join(' ');
}

function stampIn(found: Stats | undefined): string {
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : '-';
}

async function endOfLog(path: string): Promise<string> {
  const file = await open(path, 'r').catch(ignoring('ENOENT'));
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - LOG_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Of a line of the log, in milliseconds since 1970; 0 when it has none. */
function timeOf(line: string): number {
  return Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? '') || 0;
}
