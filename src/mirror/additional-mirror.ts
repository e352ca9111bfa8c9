/**
 * A mirror of the user beside the files: it gets each state after the files have it, and never delays or fails them. A
 * state that it does not take is tried again for some minutes. The last state of a task is awaited for a bounded time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { unlessAborted } from '../domain/abort.js';
import { sentenceOf } from '../domain/errors.js';
import type { ExternalEdit } from '../domain/external-edit.js';
import type { Checkpoint, TaskFile } from '../domain/wire.js';
import { projectFiles } from './project.js';
import { isOlder, type WritePosition } from './write-order.js';
import type { MirrorWriter, Write } from './writer.js';

/** The state of a task, with the content of its files. */
export interface MirrorState {
  /** Id of the task. */
  readonly id: string;
  readonly task: TaskFile;
  /** Null before the first complete round, and at the end. */
  readonly checkpoint: Checkpoint | null;
  /** Milliseconds since 1970. With `version` the order of the states of one task: the greater pair is the newer state. */
  readonly runStarted: number;
  readonly version: number;
}

/**
 * Where else the states of tasks go. A state may come more than once, and states between two others may be left out.
 * When `write` rejects or has not resolved after 10 s, it is called again with the newest state, up to ten times in a row.
 */
export interface Mirror {
  write(state: MirrorState): Promise<void>;
}

export interface AdditionalMirrorOptions {
  readonly files: Pick<MirrorWriter, 'write'>;
  readonly mirror: Mirror;
  readonly announce: (line: string) => void;
  /** First delay after a failure, in milliseconds. Default: 500. */
  readonly retryMs?: number;
  /** How long the last state of a task is awaited, in milliseconds. Default: 20,000. */
  readonly lastMs?: number;
}

export class AdditionalMirror {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly options: AdditionalMirrorOptions) {}

  async write(write: Write): Promise<ExternalEdit | undefined> {
    const found = await this.options.files.write(write);
    const writing = this.#show(write);
    if (write.record.state.kind !== 'running') await this.#settled(writing);
    return found;
  }

  async #settled(writing: Promise<void>): Promise<void> {
    const { lastMs = LAST_MS } = this.options;
    await unlessAborted(writing, AbortSignal.timeout(lastMs)).catch(() => undefined);
  }

  /** Settles when this state or a newer one was taken, or given up. */
  #show(write: Write): Promise<void> {
    const { id } = write;
    const position = positionOf(write);
    const entry = this.#entryOf(id, position);
    if (!isOlder(position, entry.shown)) {
      entry.shown = position;
      entry.newest = write;
    }
    if (entry.newest) entry.writing ??= this.#begin(id, entry);
    return entry.writing ?? Promise.resolve();
  }

  /** Kept when everything is written: an older state may still come, and must not replace the last one. */
  #entryOf(id: string, position: WritePosition): Entry {
    const entry = this.#entries.get(id) ?? { shown: position, newest: undefined, writing: undefined };
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (this.#entries.size > REMEMBERED) this.#forgetOne();
    return entry;
  }

  #forgetOne(): void {
    for (const [id, { writing }] of this.#entries) {
      if (writing) continue;
      this.#entries.delete(id);
      return;
    }
  }

  #begin(id: string, entry: Entry): Promise<void> {
    const writing = this.#writeAll(entry);
    // Nothing waits for the states before the last one.
    writing.catch((error: unknown) => {
      this.options.announce(`The additional mirror does not take task ${id}: ${sentenceOf(error)}.`);
    });
    return writing;
  }

  async #writeAll(entry: Entry): Promise<void> {
    const { mirror, retryMs = RETRY_MS } = this.options;
    try {
      for (let failures = 0; entry.newest; ) {
        const write = entry.newest;
        entry.newest = undefined;
        try {
          const taking = (async () => mirror.write(stateOf(write)))();
          await unlessAborted(taking, AbortSignal.timeout(WRITE_MS));
          failures = 0;
        } catch (error) {
          failures++;
          if (failures === TRIES) throw error;
          entry.newest ??= write;
          await pause(Math.min(retryMs * 2 ** failures, LONGEST_DELAY_MS));
        }
      }
    } finally {
      entry.writing = undefined;
    }
  }
}

// ---

interface Entry {
  /** Of the newest state so far. */
  shown: WritePosition;
  /** The state that is still to be written. */
  newest: Write | undefined;
  writing: Promise<void> | undefined;
}

/** So many tasks, the last ones that were written. */
const REMEMBERED = 10_000;
const RETRY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const TRIES = 10;
const WRITE_MS = 10_000;
const LAST_MS = 20_000;

function positionOf({ runStarted, record }: Write): WritePosition {
  return { run_started: runStarted, version: record.version };
}

function stateOf(write: Write): MirrorState {
  const { id, runStarted, record } = write;
  return { id, ...projectFiles(write), runStarted, version: record.version };
}
