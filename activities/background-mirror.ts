/**
 * Keeps the files of tasks fresh beside the work of other activities: never slows one, never fails one. At most one write
 * of a run at a time, the newest state wins, and between two writes there is a gap: with a fast model the files would
 * cost more than the work. The gap grows where the worker is busy all the time. What is not written when the worker dies
 * comes again with the next activity.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ExternalEdit } from '../src/domain/external-edit.js';
import { FIXED } from '../src/domain/limits.js';
import type { MirrorReport } from '../src/domain/protocol.js';
import type { MirrorWrite } from './ports.js';

/** A state that is to be shown; made when its turn comes. */
export type State = () => Promise<MirrorWrite>;

/** An activity that works while its state is written. */
export interface Subscription {
  /** Aborted when another program has ended the task. */
  readonly ended: AbortSignal;
  /** Since when the files cannot be written, in milliseconds since 1970. */
  readonly behindSince: number | undefined;
  /** What the workflow is told. What was found is told once. */
  report(): MirrorReport;
  leave(): void;
}

interface Entry {
  newest: State | undefined;
  writing: boolean;
  /** When the last write ended, by `performance.now`. */
  last: number;
  behindSince: number | undefined;
  found: ExternalEdit | undefined;
  readonly subscriptions: Set<AbortController>;
}

const RETRY_MS = 500;
/** The question to the model goes first. */
const AFTERWARDS_MS = 10;
const REMEMBERED = 2_000;

export class BackgroundMirror {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly write: (state: MirrorWrite) => Promise<ExternalEdit | undefined>,
    private readonly gapMs: number = FIXED.mirrorGapMs,
    private readonly stretched: () => number = stretch(),
  ) {}

  /** Shows the state soon, if no newer one comes before. */
  show(run: string, state: State): Subscription {
    const entry = this.#entry(run);
    const ended = new AbortController();
    entry.newest = state;
    entry.subscriptions.add(ended);
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
      leave: () => entry.subscriptions.delete(ended),
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
      subscriptions: new Set(),
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
          if (entry.subscriptions.size === 0) return;
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
      if (found?.kind === 'ended') for (const subscription of entry.subscriptions) subscription.abort();
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

/** Sixteen times: how long what must be done at some time waits at most. */
const WIDEST = 16;

/** How much longer than usual such things wait: not at all while half of the time is free, then by how much more is at work. */
export function stretch(busy: () => number = lately()): () => number {
  return () => {
    const share = busy();
    return Math.min(WIDEST, Math.max(1, share / (1 - share)));
  };
}

/** The share of the time in which its event loop was at work, 0 to 1, looked at anew after `everyMs`. */
export function lately(everyMs = 250): () => number {
  let last = performance.eventLoopUtilization();
  let at = performance.now();
  let busy = 0;
  return () => {
    const now = performance.now();
    if (now - at < everyMs) return busy;
    const next = performance.eventLoopUtilization();
    busy = performance.eventLoopUtilization(next, last).utilization;
    last = next;
    at = now;
    return busy;
  };
}
