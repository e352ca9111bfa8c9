/**
 * A signed start begins one task once: decides whether a run is the first one of its start or continues an admitted run.
 * Every other run (a Reset, a second start with the same input) was restarted from outside, and is admitted only by a
 * signed `resume` for that very run.
 */
import type { RunOrigins } from './run-origin.js';

/** What a host remembers of the runs of a start; see `AdmittedRuns`. */
export interface AdmittedRunsPort {
  of(start: { readonly task: string; readonly mac: string }): readonly string[];
  add(start: { readonly task: string; readonly mac: string }, run: string): Promise<void>;
}

export interface CheckedRun {
  readonly task: string;
  readonly mac: string;
  readonly run: string;
  /** A person has let this run in: a signed message for it was verified. */
  readonly resumed: boolean;
}

/** @returns true: the run is admitted, and remembered on disk */
export async function admitRun(
  admitted: AdmittedRunsPort,
  origins: RunOrigins,
  { task, mac, run, resumed }: CheckedRun,
): Promise<boolean> {
  const start = { task, mac };
  const known = admitted.of(start);
  if (known.includes(run)) return true;
  if (!resumed && !(await belongs(origins, { task, mac, run }, known))) return false;
  await admitted.add(start, run);
  return true;
}

// ---

/** A chain is walked back at most this far: beyond it a run is not admitted. */
const MAX_CHAIN = 1_000;

async function belongs(
  origins: RunOrigins,
  { task, mac, run }: Omit<CheckedRun, 'resumed'>,
  known: readonly string[],
): Promise<boolean> {
  const chain = new Set<string>();
  let at: string | undefined = run;
  while (at !== undefined && chain.size < MAX_CHAIN) {
    if (known.includes(at)) return true;
    const origin = await origins.of(task, at);
    // A run of long ago whose history was deleted; the runs behind it were looked at.
    if (!origin) break;
    if (!origin.original) return false;
    chain.add(at);
    at = origin.continues;
  }
  // This start has begun already, with other runs.
  if (known.length > 0 || chain.size === MAX_CHAIN) return false;
  return !(await begunBefore(origins, { task, mac }, chain));
}

/** This host has not seen the start yet; the server may have seen it begin elsewhere. */
async function begunBefore(
  origins: RunOrigins,
  { task, mac }: Pick<CheckedRun, 'task' | 'mac'>,
  chain: ReadonlySet<string>,
): Promise<boolean> {
  for (const other of await origins.runsOf(task)) {
    if (chain.has(other)) continue;
    const origin = await origins.of(task, other);
    if (origin?.mac === mac) return true;
  }
  return false;
}
