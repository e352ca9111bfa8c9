/**
 * Records, with the data of this host, which runs of a signed start were admitted: a start begins one task once, so a
 * run that is none of these, and continues none of these, was restarted from outside. Decides nothing.
 */
import { readFileSync } from 'node:fs';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import type { Paths } from './paths.js';

/** A start by its workflow id and the MAC of its signature. */
export interface StartKey {
  readonly task: string;
  readonly mac: string;
}

/** A run is continued by the next one only: of a long chain the oldest need not be known. */
const KEPT_RUNS = 64;
/** The agent of a workflow has another start in each of its runs. Older starts are known from Temporal. */
const KEPT_STARTS = 256;

type Starts = Readonly<Record<string, readonly string[]>>;

export class AdmittedRuns {
  constructor(private readonly paths: Paths) {}

  /** @returns run ids, oldest first; empty: this host has admitted no run of this start */
  of({ task, mac }: StartKey): readonly string[] {
    return this.#read(task)[mac] ?? [];
  }

  /** @returns ids of the runs of all its starts */
  ofTask(task: string): readonly string[] {
    return Object.values(this.#read(task)).flat();
  }

  /** Resolves when the run is on disk: a start that a power cut erases could begin twice. */
  async add({ task, mac }: StartKey, run: string): Promise<void> {
    await makeDirectory(this.paths.side);
    await withLock(this.paths.lock(task), async () => {
      const { [mac]: known = [], ...others } = this.#read(task);
      const runs = known.filter((one) => one !== run).slice(1 - KEPT_RUNS);
      const starts = Object.fromEntries(Object.entries(others).slice(1 - KEPT_STARTS));
      await writeDurably(this.paths.admitted(task), JSON.stringify({ ...starts, [mac]: [...runs, run] }));
    });
  }

  #read(task: string): Starts {
    try {
      const value: unknown = JSON.parse(readFileSync(this.paths.admitted(task), 'utf8'));
      return isStarts(value) ? value : {};
    } catch {
      return {};
    }
  }
}

// ---

function isStarts(value: unknown): value is Starts {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((runs) => Array.isArray(runs) && runs.every((run) => typeof run === 'string'))
  );
}
