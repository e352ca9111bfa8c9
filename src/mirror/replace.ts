/**
 * Replaces a task file only if it is still the one that was read, and restores both files of a task under its lock
 * unless a newer write came first. A foreign write between read and rename is detected; one that hits the old file at
 * the moment of the rename is read from the old file.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import type { ExternalEdit } from '../domain/external-edit.js';
import { makeDirectory, removeDurably, writeDurably } from '../files/atomic-write.js';
import { codeOf } from '../files/errors.js';
import { withLock } from '../files/file-lock.js';
import { inspectFile, inspectText } from './external-edit.js';
import type { Paths } from './paths.js';
import { CLOCK_STEP_MS, decodeUtf8, fileStampOf, hashAt, readTextSync } from './read-text.js';
import { hashOf, isOlder, listedOrder, readOrder, type WritePosition, writeOrder } from './write-order.js';

export interface Replacement {
  readonly text: string;
  /** SHA-256 of what was read; undefined when there was no readable file. */
  readonly expectedHash: string | undefined;
  /** An end that another program wrote at the moment of the rename is put back, because ours is not an end. */
  readonly keepsExternalEnd: boolean;
  /** Replaces the file even when it has changed since. Default: false. */
  readonly force?: boolean;
}

/** @returns false when the file has changed meanwhile. `found`: what another program wrote at the last moment. */
export async function replaceTask(
  paths: Paths,
  id: string,
  { text, expectedHash, keepsExternalEnd, force = false }: Replacement,
): Promise<false | { readonly found: ExternalEdit | undefined }> {
  const old = new OldFile(paths.task(id));
  try {
    const guard = (): boolean => old.hash() === expectedHash || force;
    if (!(await writeDurably(paths.task(id), text, { guard, syncNameLater: keepsExternalEnd }))) return false;
    if (old.hash() === expectedHash) return { found: undefined };
    const lateEdit = await inspectText(id, () => old.read());
    if (lateEdit.found?.kind === 'ended' && keepsExternalEnd) {
      // Only over our own text: the other program may have written once more meanwhile, by name.
      const isOurs = (): boolean => readTextSync(paths.task(id))?.text === text;
      await writeDurably(paths.task(id), lateEdit.text ?? text, { guard: isOurs });
    }
    return lateEdit.found?.kind === 'ended' && !keepsExternalEnd ? { found: undefined } : { found: lateEdit.found };
  } finally {
    old.close();
  }
}

export interface Restored {
  readonly task: string;
  /** Null when there must be no checkpoint file. */
  readonly checkpoint: string | null;
  readonly position: WritePosition;
  readonly ended: boolean;
}

/**
 * `newer`: the files on disk are newer. `ended`: another program has ended a running task; its workflow will be told.
 */
export async function restore(
  paths: Paths,
  id: string,
  { task, checkpoint, position, ended }: Restored,
): Promise<'done' | 'newer' | 'ended'> {
  await makeDirectory(paths.checkpoints);
  await makeDirectory(paths.side);
  return withLock(paths.lock(id), async () => {
    const known = readOrder(paths.order(id));
    if (known && isOlder(position, known)) return 'newer';
    const { hash, found } = await inspectFile(paths, id, known);
    if (found?.kind === 'ended' && !ended) return 'ended';
    await writeOrder(paths.order(id), {
      ...{ ...position, hashes: [hashOf(task)], ended },
      ...listedOrder(paths.order(id)),
    });
    if (checkpoint !== null) await writeDurably(paths.checkpoint(id), checkpoint);
    const replaced = await replaceTask(paths, id, { text: task, expectedHash: hash, keepsExternalEnd: !ended });
    if (!replaced) return 'newer';
    if (checkpoint === null) await removeDurably(paths.checkpoint(id));
    return 'done';
  });
}

// ---

/**
 * The old file, kept open while another file takes its name. Read synchronously, so that none of our work runs between
 * read and rename.
 */
class OldFile {
  #file: number | 'none' | undefined;
  /** Stats and hash of the last read; undefined when it must be read again. */
  #stat: Stats | undefined;
  #hash: string | undefined;

  constructor(private readonly path: string) {}

  /**
   * @returns the hash; undefined when there was no such file at the first call, or it is not text. Reads again only
   * what has changed.
   */
  hash(): string | undefined {
    const file = this.#opened();
    if (file === 'none') return undefined;
    const stat = fstatSync(file);
    // Ignores ctime: it changes with the rename over its name.
    if (stat.mtimeMs !== this.#stat?.mtimeMs || stat.size !== this.#stat.size) {
      this.#hash = hashAt(this.path, stat, () => this.read());
      this.#stat = fileStampOf(stat, CLOCK_STEP_MS) === undefined ? undefined : stat;
    }
    return this.#hash;
  }

  read(): string | undefined {
    const file = this.#opened();
    if (file === 'none') return undefined;
    const bytes = Buffer.alloc(fstatSync(file).size);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return decodeUtf8(bytes.subarray(0, length));
  }

  close(): void {
    if (typeof this.#file === 'number') closeSync(this.#file);
  }

  #opened(): number | 'none' {
    this.#file ??= this.#open();
    return this.#file;
  }

  #open(): number | 'none' {
    try {
      return openSync(this.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 'none';
      throw error;
    }
  }
}
