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
import { hashOf, isOlder, type Order, type Place, readOrder, writeOrder } from './order.js';
import type { Paths } from './paths.js';
import { project } from './project.js';
import { replaceTask } from './replace.js';

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

/** How often the file may change while ours is on its way. */
const ATTEMPTS = 5;

export class MirrorWriter {
  readonly #last = new Map<string, Last>();

  constructor(private readonly paths: Paths) {}

  /**
   * Resolves when the state, or a newer one, is on disk; with what another program had written there, if any. Throws
   * RookeryError `workdir`; a retry may mend it.
   */
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

  async #put(write: Write): Promise<Found | undefined> {
    const { id, record, runStarted } = write;
    const place: Place = { run_started: runStarted, version: record.version };
    const known = await readOrder(this.paths.order(id));
    if (known && isOlder(place, known)) return undefined;
    // Within one run the first end stays, whoever wrote it; only a later run writes over it.
    const later = known?.ended === true && runStarted > known.run_started;
    const shown = project(write);
    const order = { ...place, ended: record.state.kind !== 'running' };
    for (let attempt = 1; ; attempt++) {
      const { hash, whole, found } = await lookAt(this.paths, id, known);
      if (found?.kind === 'ended' && found.status !== statusOf(record.state) && !later) {
        await this.#yield(id, known, order);
        return found;
      }
      // Before the files: a crash in between must not make our own bytes look foreign. A torn file is nobody's word.
      const hashes = [hashOf(shown.task), ...(hash !== undefined && whole ? [hash] : [])];
      await writeOrder(this.paths.order(id), { ...order, hashes });
      if (shown.checkpoint !== null) await writeDurably(this.paths.checkpoint(id), shown.checkpoint);
      const replacement = { text: shown.task, seen: hash, yields: !order.ended, whatever: attempt === ATTEMPTS };
      const replaced = await replaceTask(this.paths, id, replacement);
      if (!replaced) continue;
      if (shown.checkpoint === null) await removeDurably(this.paths.checkpoint(id));
      return replaced.found ?? (later ? undefined : found);
    }
  }

  /** The end that somebody else wrote stays, and no checkpoint beside it once our run has ended too. */
  async #yield(id: string, known: Order | undefined, order: Omit<Order, 'hashes'>): Promise<void> {
    if (!order.ended) return;
    await writeOrder(this.paths.order(id), { ...order, hashes: known?.hashes ?? [] });
    await removeDurably(this.paths.checkpoint(id));
  }

  /** Writes that change no status keep their distance: with a fast model the mirror would cost more than the work. */
  async #keepDistance(id: string, kind: string): Promise<void> {
    const last = this.#last.get(id);
    if (!last || last.kind !== kind) return;
    const wait = last.at + FIXED.mirrorGapMs - performance.now();
    if (wait > 0) await pause(wait);
  }
}
