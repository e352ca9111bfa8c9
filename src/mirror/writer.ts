/**
 * Writes the two files of a task, durably and in order, under a lock of that task. An older state is dropped. Decides
 * nothing from what it finds in the files.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '../domain/conversation.js';
import type { Found } from '../domain/foreign.js';
import { FIXED } from '../domain/limits.js';
import type { Mirrored, TaskInput } from '../domain/protocol.js';
import { statusOf } from '../domain/task.js';
import { withLock } from '../durable/lock.js';
import { makeDirectory, removeDurably, writeDurably } from '../durable/write.js';
import { lookAt } from './foreign.js';
import { hashOf, isOlder, type Place, readOrder, writeOrder } from './order.js';
import type { Paths } from './paths.js';
import { project } from './project.js';

export interface Write {
  readonly id: string;
  readonly input: TaskInput;
  readonly record: Mirrored;
  /** Milliseconds since 1970. */
  readonly runStarted: number;
  readonly messages: readonly Message[];
}

interface Last {
  readonly at: number;
  readonly kind: string;
}

export class MirrorWriter {
  readonly #last = new Map<string, Last>();

  constructor(private readonly paths: Paths) {}

  /** Resolves when the state, or a newer one, is on disk. Throws RookeryError `workdir`; a retry may mend it. */
  async write(write: Write): Promise<Found | undefined> {
    const { id, record } = write;
    await this.#keepDistance(id, record.state.kind);
    await makeDirectory(this.paths.checkpoints);
    await makeDirectory(this.paths.side);
    const found = await withLock(this.paths.lock(id), () => this.#put(write));
    if (record.state.kind === 'running') this.#last.set(id, { at: performance.now(), kind: record.state.kind });
    else this.#last.delete(id);
    return found;
  }

  async #put({ id, input, record, runStarted, messages }: Write): Promise<Found | undefined> {
    const place: Place = { run_started: runStarted, version: record.version };
    const known = await readOrder(this.paths.order(id));
    if (known && isOlder(place, known)) return undefined;
    const { hash, found } = await lookAt(this.paths, id, known);
    // Within one run the first end stays, whoever wrote it; only a later run writes over it.
    const later = known?.ended === true && runStarted > known.run_started;
    if (found?.kind === 'ended' && found.status !== statusOf(record.state) && !later) return found;
    const { task, checkpoint } = project({ id, input, record, messages });
    // Before the files: a crash in between must not make our own bytes look foreign.
    const hashes = [hashOf(task), ...(hash === undefined ? [] : [hash])];
    await writeOrder(this.paths.order(id), { ...place, hashes, ended: record.state.kind !== 'running' });
    if (checkpoint !== null) await writeDurably(this.paths.checkpoint(id), checkpoint);
    await writeDurably(this.paths.task(id), task);
    if (checkpoint === null) await removeDurably(this.paths.checkpoint(id));
    return found?.kind === 'rival' ? found : undefined;
  }

  /** Writes that change no status keep their distance: with a fast model the mirror would cost more than the work. */
  async #keepDistance(id: string, kind: string): Promise<void> {
    const last = this.#last.get(id);
    if (!last || last.kind !== kind) return;
    const wait = last.at + FIXED.mirrorGapMs - performance.now();
    if (wait > 0) await pause(wait);
  }
}
