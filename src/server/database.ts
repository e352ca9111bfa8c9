/**
 * The server's SQLite file: guarded against an older CLI, copied before a newer one, checked for its journal mode.
 * Only the header is read while a server runs.
 */

import { copyFile, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { RookeryError } from '../domain/errors.js';
import { syncDirectory, writeDurably } from '../files/atomic-write.js';
import { ignoring, workdirError } from '../files/errors.js';
import { compareVersions } from './cli-version.js';
import type { ServerFiles } from './files.js';

/** SQLite's files: without its -wal file the database lacks the newest transactions. */
export const FILE_SUFFIXES = ['', '-wal', '-shm'];

export interface Preparation {
  files: ServerFiles;
  /** The CLI that is about to open the database. */
  version: string;
  announce(line: string): void;
}

export async function prepareDatabase({ files, version, announce }: Preparation): Promise<void> {
  if (!(await exists(files.database))) return;
  const writer = await lastWriter(files);
  if (writer === undefined) return moveUnfinished(files, announce);
  await refuseOlder(files, version);
  if (compareVersions(version, writer) === 0) return;
  const copy = `${files.database}.${writer}.bak`;
  await copyDatabase(files, copy);
  announce(`Temporal CLI ${version} is newer than ${writer}, which wrote the database: copied it to ${copy} first.`);
  await recordWriter(files, version);
}

/** Throws if this CLI must not open the database. Touches nothing. */
export async function refuseOlder(files: ServerFiles, version: string): Promise<void> {
  const writer = await lastWriter(files);
  if (writer !== undefined && compareVersions(version, writer) < 0) throw tooOld(files, version, writer);
}

export async function recordWriter(files: ServerFiles, version: string): Promise<void> {
  if ((await lastWriter(files)) !== version) await writeDurably(files.version, `${version}\n`);
}

/**
 * The header tells the journal mode, and with it that the CLI passed our pragmas on at all: CLIs that dropped one dropped
 * all. `synchronous` itself is a property of each connection and cannot be seen from outside.
 */
export async function usesWriteAheadLog(files: ServerFiles): Promise<boolean> {
  const file = await open(files.database, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 18);
    return buffer[0] === 2 && buffer[1] === 2;
  } finally {
    await file.close();
  }
}

async function lastWriter(files: ServerFiles): Promise<string | undefined> {
  const text = await readFile(files.version, 'utf8').catch(ignoring('ENOENT'));
  return text?.trim() || undefined;
}

/** A killed first start leaves half a schema, which no later start repairs. It holds no task. */
async function moveUnfinished(files: ServerFiles, announce: (line: string) => void): Promise<void> {
  const unfinished = `${files.database}.unfinished`;
  await forEachFile(files, (suffix) => rename(files.database + suffix, unfinished + suffix));
  announce(`The first start of the database was not completed: moved it to ${unfinished} and created a new one.`);
}

async function copyDatabase(files: ServerFiles, copy: string): Promise<void> {
  await forEachFile(files, async (suffix) => {
    const temporary = `${copy}${suffix}.tmp`;
    await copyFile(files.database + suffix, temporary);
    await flush(temporary);
    await rename(temporary, copy + suffix);
  }).catch(async (error: unknown) => {
    await Promise.all(FILE_SUFFIXES.map((suffix) => rm(`${copy}${suffix}.tmp`, { force: true })));
    throw workdirError('copy the database to', copy, error);
  });
  await syncDirectory(files.directory);
}

async function forEachFile(files: ServerFiles, action: (suffix: string) => Promise<void>): Promise<void> {
  for (const suffix of FILE_SUFFIXES) {
    if (await exists(files.database + suffix)) await action(suffix);
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(ignoring('ENOENT'))) !== undefined;
}

function tooOld(files: ServerFiles, version: string, writer: string): RookeryError {
  const message = `The database ${files.database} was last written by Temporal CLI ${writer}; ${version} is older and must not open it.`;
  return new RookeryError('environment', message, {
    hint: `Set ROOKERY_TEMPORAL_CLI to version ${writer} or newer, or use another work directory.`,
  });
}
