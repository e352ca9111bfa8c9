/**
 * Watches whether the active tasks fit into the memory of this worker. A task that does not is replayed from its
 * history at each step: measured, three times the cost. Reports this once, and again only after it has been resolved.
 */
import type { Metrics } from './metrics.js';

const EVERY_MS = 60_000;

/**
 * More than two for each activity that a worker with the SDK's defaults runs at a time: active workflows stay, those
 * that wait for a person may be evicted. Each takes about 200 KB; the SDK's own default is in the thousands.
 */
export const KEPT_WORKFLOWS = 200;

export interface Room {
  /** How many workflows the worker keeps in memory. */
  readonly kept: number;
  readonly metrics: Metrics;
  readonly announce: (line: string) => void;
}

export interface Watching {
  look(): void;
  stop(): void;
}

export function watchRoom({ kept, metrics, announce }: Room, everyMs = EVERY_MS): Watching {
  let told = false;
  const look = (): void => {
    const working = metrics.takeWorking(kept);
    const crowded = working > kept;
    if (crowded && !told) announce(crowdedLine(working, kept));
    told = crowded;
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}

// ---

function crowdedLine(working: number, kept: number): string {
  return (
    `${working} tasks work here, and this worker keeps ${kept} of them in memory: each step of the others is replayed ` +
    'from history, which costs about three times as much. Raise maxCachedWorkflows, or start a worker on another host.'
  );
}
