/**
 * Keeps the files of tasks fresh beside the work of other activities: never slows one, never fails one. At most one write
 * of a run at a time, the newest state wins, and between two writes there is a gap: with a fast model the files would
 * cost more than the work. The gap grows where the worker is busy all the time. What is not written when the worker dies
 * comes again with the next activity.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Found } from '../src/domain/foreign.js';
import { FIXED } from '../src/domain/limits.js';
import type { Beside } from '../src/domain/protocol.js';
import type { MirrorWrite } from './deps.js';
import { stretch } from './load.js';

/** A state that is to be shown; made when its turn comes. */
export type State = () => Promise<MirrorWrite>;

/** An activity that works while its state is written. */
export interface Rider {
  /** Aborted when another program has ended the task. */
  readonly ended: AbortSignal;
  /** Since when the files cannot be written, in milliseconds since 1970. */
  readonly behindSince: number | undefined;
  /** What the workflow is told. What was found is told once. */
  report(): Beside;
  leave(): void;
}

interface Entry {
  newest: State | undefined;
  writing: boolean;
  /** When the last write ended, by `performance.now`. */
  last: number;
  behindSince: number | undefined;
  found: Found | undefined;
  readonly riders: Set<AbortController>;
}

const RETRY_MS = 500;
/** The question to the model goes first. */
const AFTERWARDS_MS = 10;
const REMEMBERED = 2_000;

export class Fresh {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly write: (state: MirrorWrite) => Promise<Found | undefined>,
    private readonly gapMs: number = FIXED.mirrorGapMs,
    private readonly stretched: () => number = stretch(),
  ) {}

  /** Shows the state soon, if no newer one comes before. */
  show(run: string, state: State): Rider {
    const entry = this.#entry(run);
    const ended = new AbortController();
    entry.newest = state;
    entry.riders.add(ended);
    if (!entry.writing) void this.#work(entry);
    return {
      ended: ended.signal,
      get behindSince() {
        return entry.behindSince;
      },
      report() {
        const { found, behindSince } = entry;
        entry.found = undefined;
        return { ...(found ? { found } : {}), ...(behindSince === undefined ? {} : { behind: true }) };
      },
      leave: () => entry.riders.delete(ended),
    };
  }

  /** The run has ended here. */
  forget(run: string): void {
    this.#entries.delete(run);
  }

  #entry(run: string): Entry {
    const known = this.#entries.get(run);
    const entry = known ?? {
      newest: undefined,
      writing: false,
      last: Number.NEGATIVE_INFINITY,
      behindSince: undefined,
      found: undefined,
      riders: new Set(),
    };
    this.#entries.delete(run);
    this.#entries.set(run, entry);
    for (const [oldest, { writing }] of this.#entries) {
      if (this.#entries.size <= REMEMBERED || writing) break;
      this.#entries.delete(oldest);
    }
    return entry;
  }

  async #work(entry: Entry): Promise<void> {
    entry.writing = true;
    try {
      while (entry.newest) {
        await pause(Math.max(AFTERWARDS_MS, entry.last + this.gapMs * this.stretched() - performance.now()));
        if (!(await this.#writeNewest(entry))) {
          // Nobody is left to tell, and the next activity brings a newer state.
          if (entry.riders.size === 0) return;
          await pause(RETRY_MS);
        }
      }
    } finally {
      entry.writing = false;
    }
  }

  async #writeNewest(entry: Entry): Promise<boolean> {
    const state = entry.newest;
    entry.newest = undefined;
    try {
      const found = state && (await this.write(await state()));
      entry.behindSince = undefined;
      if (found) entry.found = found;
      if (found?.kind === 'ended') for (const rider of entry.riders) rider.abort();
      return true;
    } catch {
      entry.behindSince ??= Date.now();
      entry.newest ??= state;
      return false;
    } finally {
      entry.last = performance.now();
    }
  }
}
