/**
 * Moves a damaged database away, so that the next start makes a new one. A note is on disk before the first file moves
 * and stays until the open tasks continue: whatever is interrupted in between, the next repair finishes it.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { lstat, readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { removeDurably, syncDirectory, writeDurably } from '../files/atomic-write.js';
import { codeOf, ignoring, workdirError } from '../files/errors.js';
import { FILE_SUFFIXES } from './database.js';
import type { ServerFiles } from './files.js';

export interface SetAside {
  /** `moving`: some of the files may still be in their old place. */
  readonly stage: 'moving' | 'moved';
  /** Of the damage: the end of a sentence about the database. */
  readonly why: string;
  /** Absolute; the write-ahead log is beside it, with the ending that SQLite expects. */
  readonly path: string;
}

/** @returns undefined when no repair is unfinished */
export async function unfinishedSetAside({ repair }: ServerFiles): Promise<SetAside | undefined> {
  const text = await readFile(repair, 'utf8').catch(ignoring('ENOENT', 'ENOTDIR'));
  if (text === undefined) return undefined;
  const { stage, why, path } = JSON.parse(text) as SetAside;
  return { stage, why, path };
}

/** No server of ours has it open any more. Throws RookeryError `environment` when another process has. */
export async function setAside(files: ServerFiles, why: string): Promise<SetAside> {
  refuseOpen(files);
  const stamp = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  const note: SetAside = { stage: 'moving', why, path: await freeName(`${files.database}.damaged-${stamp}`) };
  await writeNote(files, note);
  return finishMoving(files, note);
}

/** Of an interrupted one: what is still in its old place. */
export async function finishMoving(files: ServerFiles, note: SetAside): Promise<SetAside> {
  if (note.stage === 'moved') return note;
  try {
    for (const suffix of FILE_SUFFIXES) await moveIfThere(files.database + suffix, note.path + suffix);
    // Without it the start of the new database counts as a first one, which a kill may leave half-made.
    await moveIfThere(files.version, `${note.path}.version`);
    await syncDirectory(files.directory);
  } catch (error) {
    throw workdirError('move the database to', note.path, error);
  }
  const moved: SetAside = { ...note, stage: 'moved' };
  await writeNote(files, moved);
  return moved;
}

/** The open tasks continue. */
export async function endSetAside({ repair }: ServerFiles): Promise<void> {
  await removeDurably(repair);
}

export function repairUnfinished({ database }: ServerFiles): RookeryError {
  return new RookeryError('environment', `The repair of the database ${database} was interrupted`, {
    hint: 'Run `rookery doctor --fix` again: it finishes it',
  });
}

// ---

async function writeNote({ repair }: ServerFiles, note: SetAside): Promise<void> {
  await writeDurably(repair, `${JSON.stringify(note)}\n`);
}

async function moveIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch(ignoring('ENOENT'));
}

async function freeName(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? path : `${path}.${n}`;
    if ((await lstat(name).catch(ignoring('ENOENT'))) === undefined) return name;
  }
}

/** A rename would not take it away from that process. Known on Linux only. */
function refuseOpen({ database }: ServerFiles): void {
  const holder = process.platform === 'linux' ? processWith(database) : undefined;
  if (holder === undefined) return;
  throw new RookeryError('environment', `The database ${database} is open in process ${holder}`, {
    hint: 'End that process, then run `rookery doctor --fix` again',
  });
}

function processWith(path: string): string | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const fds = join('/proc', pid, 'fd');
    try {
      const name = readdirSync(fds).find((fd) => linkOf(join(fds, fd)) === path);
      if (name !== undefined) return `${pid} (${basename(readFileSync(`/proc/${pid}/comm`, 'utf8').trim())})`;
    } catch (error) {
      // It has ended, or is another user's, who cannot open our files.
      if (!['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
    }
  }
  return undefined;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
