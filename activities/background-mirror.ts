/**
 * Writes the mirror in parallel with other activities, without slowing or failing them. At most one write per run at a
 * time; the newest state wins. Writes are spaced by a gap, because with a fast model the files would cost more than the
 * work; the gap grows while the worker is busy, measured by its event loop. A state that is lost when the worker dies
 * comes again with the next activity.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { MirrorReport } from '../src/domain/activity-calls.js';
import type { ExternalEdit } from '../src/domain/external-edit.js';
import { FIXED } from '../src/domain/limits.js';
import type { MirrorWrite } from './ports.js';

/** A state to mirror, computed when its write begins. */
export type StateFactory = () => Promise<MirrorWrite>;

/** An activity that works while its state is written. */
export interface Subscription {
  /** Since when the files cannot be written, in milliseconds since 1970. */
  readonly behindSince: number | undefined;
  /** The report for the workflow. An external edit is reported once. */
  report(): MirrorReport;
  unsubscribe(): void;
}

interface Entry {
  newest: StateFactory | undefined;
  writing: boolean;
  /** When the last write ended, by `performance.now`. */
  lastWriteEnd: number;
  behindSince: number | undefined;
  found: ExternalEdit | undefined;
  /** Called when another program has ended the task; one for each activity that works. */
  readonly subscriptions: Set<() => void>;
}

const RETRY_MS = 500;
/** Delay that lets the model request go first. */
const MIN_DELAY_MS = 10;
const MAX_ENTRIES = 2_000;

export class BackgroundMirror {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly write: (state: MirrorWrite) => Promise<ExternalEdit | undefined>,
    private readonly gapMs: number = FIXED.mirrorGapMs,
    private readonly delayFactor: () => number = loadDelayFactor(),
  ) {}

  /**
   * Mirrors the state soon, unless a newer one arrives first. `onEnded` is called when another program has ended the
   * task; each subscription has its own.
   */
  show(run: string, state: StateFactory, onEnded = (): void => undefined): Subscription {
    const entry = this.#entry(run);
    entry.newest = state;
    entry.subscriptions.add(onEnded);
    if (!entry.writing) void this.#writeLoop(entry);
    return {
      get behindSince() {
        return entry.behindSince;
      },
      report() {
        const { found, behindSince } = entry;
        entry.found = undefined;
        return { ...(found ? { found } : {}), ...(behindSince === undefined ? {} : { behind: true }) };
      },
      unsubscribe: () => entry.subscriptions.delete(onEnded),
    };
  }

  /** The run has ended on this worker. */
  forget(run: string): void {
    this.#entries.delete(run);
  }

  #entry(run: string): Entry {
    const known = this.#entries.get(run);
    const entry = known ?? {
      newest: undefined,
      writing: false,
      lastWriteEnd: Number.NEGATIVE_INFINITY,
      behindSince: undefined,
      found: undefined,
      subscriptions: new Set(),
    };
    this.#entries.delete(run);
    this.#entries.set(run, entry);
    for (const [oldest, { writing }] of this.#entries) {
      if (this.#entries.size <= MAX_ENTRIES || writing) break;
      this.#entries.delete(oldest);
    }
    return entry;
  }

  async #writeLoop(entry: Entry): Promise<void> {
    entry.writing = true;
    try {
      while (entry.newest) {
        await pause(Math.max(MIN_DELAY_MS, entry.lastWriteEnd + this.gapMs * this.delayFactor() - performance.now()));
        if (!(await this.#writeNewest(entry))) {
          // No activity is left to report to, and the next one carries a newer state.
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
      if (found?.kind === 'ended') for (const onEnded of entry.subscriptions) onEnded();
      return true;
    } catch {
      entry.behindSince ??= Date.now();
      entry.newest ??= state;
      return false;
    } finally {
      entry.lastWriteEnd = performance.now();
    }
  }
}

/** Largest stretch factor: deferrable work waits at most 16 times its usual delay. */
const MAX_FACTOR = 16;

/** By what factor to delay deferrable work: 1 while half of the time is free, then growing with the load. */
export function loadDelayFactor(busy: () => number = recentUtilization()): () => number {
  return () => {
    const share = busy();
    return Math.min(MAX_FACTOR, Math.max(1, share / (1 - share)));
  };
}

/** The share of time in which the event loop was busy, 0 to 1, measured again after `intervalMs`. */
export function recentUtilization(intervalMs = 250): () => number {
  let last = performance.eventLoopUtilization();
  let at = performance.now();
  let busy = 0;
  return () => {
    const now = performance.now();
    if (now - at < intervalMs) return busy;
    const next = performance.eventLoopUtilization();
    busy = performance.eventLoopUtilization(next, last).utilization;
    last = next;
    at = now;
    return busy;
  };
}
