/**
 * The audit log, as the rest of a worker sees it: it records entries and never blocks what they record. Entries
 * that cannot be written now are kept, reported once, and written later.
 */
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { microsOfMillis } from '../domain/timestamp.js';
import { Appender } from './append.js';
import type { Draft } from './entry.js';
import type { AuditFiles } from './files.js';
import { draftOf, mustBeOnDisk, type NotedEvent, ownDraft } from './note.js';

export interface AuditOptions extends AuditFiles {
  /** Told once when the log cannot be written, and once when it can be again. */
  readonly announce: (sentence: string) => void;
  /** Takes secrets out of a text. */
  readonly redact?: (text: string) => string;
  /** The factor by which entries without a waiting caller are delayed now; at most 4. */
  readonly delayFactor?: () => number;
}

export interface Audit {
  /** Comes back when the entry is in the file; where that cannot be, when it is kept for later. Never throws. */
  note(note: NotedEvent): Promise<void>;
  /** Waits for what is being written, and tries what was kept once more. */
  close(): Promise<void>;
}

/** Touches no file before the first note. */
export function openAudit(options: AuditOptions): Audit {
  return new Log(options);
}

// ---

interface QueuedEntry {
  readonly draft: Draft;
  readonly sync: boolean;
  readonly done: () => void;
}

const MAX_QUEUED = 1000;
const RETRY_MS = 1000;
const READS_DELAY_MS = 250;
const MAX_READS_DELAY_FACTOR = 4;

class Log implements Audit {
  readonly #appender: Appender;
  #queue: QueuedEntry[] = [];
  #writing = false;
  #work: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #readTimer: NodeJS.Timeout | undefined;
  #failing = false;
  #dropped = 0;

  constructor(private readonly options: AuditOptions) {
    this.#appender = new Appender(options, options.announce);
  }

  note(note: NotedEvent): Promise<void> {
    const draft = draftOf(note, microsOfMillis(Date.now()), this.options.redact ?? ((text) => text));
    return new Promise((done) => {
      if (this.#failing) this.#keep({ draft, sync: true, done });
      else this.#queue.push({ draft, sync: mustBeOnDisk(note), done });
      this.#scheduleWrite();
    });
  }

  async close(): Promise<void> {
    await this.#work;
    clearTimeout(this.#retry);
    await this.#write();
    clearTimeout(this.#retry);
  }

  /** No caller waits for a log that cannot be written; the first error says most. */
  #keep(entry: QueuedEntry): void {
    if (this.#queue.length < MAX_QUEUED) this.#queue.push(entry);
    else this.#dropped++;
    entry.done();
  }

  /**
   * Delayed, to batch the entries of this turn. Reads alone wait longer: no caller waits for them, and they are most.
   */
  #scheduleWrite(): void {
    if (this.#writing || this.#failing) return;
    if (this.#queue.every(({ sync }) => !sync)) {
      const factor = Math.min(MAX_READS_DELAY_FACTOR, this.options.delayFactor?.() ?? 1);
      this.#readTimer ??= setTimeout(() => this.#startWrite(), READS_DELAY_MS * factor);
      return;
    }
    this.#writing = true;
    this.#work = new Promise((resolve) => setImmediate(() => resolve(this.#write())));
  }

  #startWrite(): void {
    if (!this.#writing) this.#work = this.#write();
  }

  async #write(): Promise<void> {
    this.#writing = true;
    clearTimeout(this.#readTimer);
    this.#readTimer = undefined;
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      const dropped = this.#dropped;
      try {
        const drafts = [...group.map(({ draft }) => draft), ...droppedDraft(dropped)];
        await this.#appender.append({ drafts, sync: group.some(({ sync }) => sync) });
        this.#onWritten(dropped);
        for (const { done } of group) done();
      } catch (error) {
        this.#onFailure(group, error);
        break;
      }
    }
    this.#writing = false;
  }

  #onWritten(dropped: number): void {
    if (this.#failing) this.options.announce('The audit log is written again.');
    this.#failing = false;
    this.#dropped -= dropped;
  }

  #onFailure(group: readonly QueuedEntry[], error: unknown): void {
    const hint = error instanceof RookeryError && error.hint !== undefined ? `. ${error.hint}` : '';
    if (!this.#failing)
      this.options.announce(`The audit log cannot be written, its entries are kept: ${sentenceOf(error)}${hint}`);
    this.#failing = true;
    const all = [...group, ...this.#queue];
    this.#queue = [];
    for (const entry of all) this.#keep({ ...entry, sync: true });
    this.#retry = setTimeout(() => {
      this.#work = this.#write();
    }, RETRY_MS).unref();
  }
}

function droppedDraft(dropped: number): Draft[] {
  return dropped === 0 ? [] : [ownDraft('error', `${dropped} entries were dropped while the log could not be written`)];
}
