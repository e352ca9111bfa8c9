/**
 * Writes the two files of a task, durably and in order, under a lock of that task. Drops an older state. Decides
 * nothing from the content of the files.
 */

import type { Mirrored } from '../domain/activity-calls.js';
import { lineageOf } from '../domain/continues.js';
import type { Message } from '../domain/conversation.js';
import type { ExternalEdit } from '../domain/external-edit.js';
import type { TaskInput } from '../domain/protocol.js';
import { type Status, statusOf } from '../domain/task.js';
import { aboutOf } from '../domain/task-about.js';
import { makeDirectory, removeDurably, writeDurably } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import { inspectFile } from './external-edit.js';
import type { Paths } from './paths.js';
import { project } from './project.js';
import { replaceTask } from './replace.js';
import { hashOf, isOlder, readOrder, type WriteOrder, type WritePosition, writeOrder } from './write-order.js';

export interface Write {
  readonly id: string;
  readonly input: TaskInput;
  readonly record: Mirrored;
  /** Milliseconds since 1970. */
  readonly runStarted: number;
  readonly messages: readonly Message[];
}

/** How often the file may change during our write. */
const ATTEMPTS = 5;

export class MirrorWriter {
  /** The directories exist, as far as this process knows. */
  #directoriesExist = false;

  constructor(private readonly paths: Paths) {}

  /**
   * Resolves when the state, or a newer one, is on disk, with any external edit found there. Throws RookeryError
   * `workdir`; a retry may succeed.
   */
  async write(write: Write): Promise<ExternalEdit | undefined> {
    const { id } = write;
    if (!this.#directoriesExist) {
      await makeDirectory(this.paths.checkpoints);
      await makeDirectory(this.paths.side);
      this.#directoriesExist = true;
    }
    try {
      return await withLock(this.paths.lock(id), () => this.#writeFiles(write));
    } catch (error) {
      // Another program may have removed them.
      this.#directoriesExist = false;
      throw error;
    }
  }

  async #writeFiles(write: Write): Promise<ExternalEdit | undefined> {
    const { id, record, runStarted } = write;
    const position: WritePosition = { run_started: runStarted, version: record.version };
    const known = readOrder(this.paths.order(id));
    if (known && isOlder(position, known)) return undefined;
    // Within one run the first end stays, whichever program wrote it; only a later run overwrites it.
    const isLaterRun = known?.ended === true && runStarted > known.run_started;
    const files = project(write);
    const spent = record.spent ?? known?.spent;
    const ended = record.state.kind !== 'running';
    const from = lineageOf(write.input);
    const order = {
      ...{ ...position, ended, about: aboutOf(write.input) },
      ...(spent === undefined ? {} : { spent }),
      ...(from === undefined ? {} : { from }),
    };
    for (let attempt = 1; ; attempt++) {
      const { hash, isComplete, found } = await inspectFile(this.paths, id, known);
      if (found?.kind === 'ended' && !isLaterRun && !isSameCancel(found, statusOf(record.state))) {
        await this.#keepExternalEnd(id, known, { ...order, ...(hash === undefined ? {} : { external: hash }) });
        return found;
      }
      // Before the files: after a crash in between, our own bytes must not look foreign. A partial file does not count.
      const hashes = [hashOf(files.task), ...(hash !== undefined && isComplete ? [hash] : [])];
      await writeOrder(this.paths.order(id), { ...order, hashes });
      if (files.checkpoint !== null) {
        await writeDurably(this.paths.checkpoint(id), files.checkpoint, { syncNameLater: true });
      }
      const replacement = {
        text: files.task,
        expectedHash: hash,
        keepsExternalEnd: !order.ended,
        force: attempt === ATTEMPTS,
      };
      const replaced = await replaceTask(this.paths, id, replacement);
      if (!replaced) continue;
      if (files.checkpoint === null) await removeDurably(this.paths.checkpoint(id));
      return replaced.found ?? (isLaterRun ? undefined : found);
    }
  }

  /** Keeps the end that another program wrote, and removes the checkpoint once our run has ended too. */
  async #keepExternalEnd(id: string, known: WriteOrder | undefined, order: Omit<WriteOrder, 'hashes'>): Promise<void> {
    if (!order.ended) return;
    await writeOrder(this.paths.order(id), { ...order, hashes: known?.hashes ?? [] });
    await removeDurably(this.paths.checkpoint(id));
  }
}

// ---

/** Both say the same: ours may replace theirs. */
function isSameCancel(found: ExternalEdit, ours: Status): boolean {
  return found.status === 'Cancelled' && ours === 'Cancelled';
}
