/**
 * A signed start begins one task once. Decides whether a run is the first one of its start or continues an admitted
 * run. Every other run (a Reset, a second start with the same input) was restarted from outside, and is admitted only
 * by a signed `resume` for that run.
 */
import type { RunOrigin, RunOrigins } from './run-origin.js';

/** The runs of a start that a host has admitted; see `AdmittedRuns`. */
export interface AdmittedRunsPort {
  of(start: { readonly task: string; readonly mac: string }): readonly string[];
  /** The runs of all starts of a task. */
  ofTask(task: string): readonly string[];
  add(start: { readonly task: string; readonly mac: string }, run: string): Promise<void>;
}

export interface CheckedRun {
  readonly task: string;
  readonly mac: string;
  readonly run: string;
  /** The agent of a workflow of the user: each of its runs may have another start. */
  readonly isAgent: boolean;
  /** A person has admitted this run: a signed message for it was verified. */
  readonly resumed: boolean;
}

/** @returns true when the run is admitted, which is then stored on disk */
export async function admitRun(
  admitted: AdmittedRunsPort,
  origins: RunOrigins,
  { task, mac, run, isAgent, resumed }: CheckedRun,
): Promise<boolean> {
  const start = { task, mac };
  const admittedRuns = admitted.of(start);
  if (admittedRuns.includes(run)) return true;
  const before = isAgent ? admitted.ofTask(task) : [];
  if (!resumed && !(await isFirstOrContinued(origins, { task, mac, run }, { admittedRuns, before }))) return false;
  await admitted.add(start, run);
  return true;
}

/** @returns false when a Reset made one of the runs that led to this one, or when the server no longer knows them all */
export async function isOriginalChain(origins: RunOrigins, task: string, run: string): Promise<boolean> {
  let current: string | undefined = run;
  for (let length = 0; current !== undefined; length++) {
    const origin: RunOrigin | undefined = length < MAX_CHAIN ? await origins.of(task, current) : undefined;
    if (!origin?.original) return false;
    current = origin.continues;
  }
  return true;
}

// ---

/** Maximum length of a chain that is walked back; a run with a longer one is not admitted. */
const MAX_CHAIN = 1_000;

async function isFirstOrContinued(
  origins: RunOrigins,
  { task, mac, run }: Pick<CheckedRun, 'task' | 'mac' | 'run'>,
  { admittedRuns, before }: { readonly admittedRuns: readonly string[]; readonly before: readonly string[] },
): Promise<boolean> {
  const chain = new Set<string>();
  let current: string | undefined = run;
  while (current !== undefined && chain.size < MAX_CHAIN) {
    if (admittedRuns.includes(current)) return true;
    // What led to an earlier agent of this chain was checked for it: a workflow may have thousands of runs.
    if (before.includes(current)) return admittedRuns.length === 0;
    const origin = await origins.of(task, current);
    // The history of an old run was deleted; the runs after it were checked.
    if (!origin) break;
    if (!origin.original) return false;
    chain.add(current);
    current = origin.continues;
  }
  // This start has already begun, with other runs.
  if (admittedRuns.length > 0 || chain.size === MAX_CHAIN) return false;
  return !(await startedBefore(origins, { task, mac }, chain));
}

/** This host has not seen the start; the server may have seen it begin elsewhere. */
async function startedBefore(
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
