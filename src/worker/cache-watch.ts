/**
 * Watches whether the active tasks fit into the memory of this worker. A task that does not is replayed from its
 * history at each step: measured, three times the cost. Reports this once, and again only after it has been resolved.
 */
import type { Metrics } from './metrics.js';

const CHECK_INTERVAL_MS = 60_000;

/**
 * More than two for each activity that a worker with the SDK's defaults runs at a time: active workflows stay, those
 * that wait for a person may be evicted. Each takes about 120 KB; the SDK's own default is in the thousands.
 */
export const MAX_CACHED_WORKFLOWS = 200;

export interface WorkflowCache {
  /** How many workflows the worker keeps in memory. */
  readonly cachedWorkflows: number;
  readonly metrics: Metrics;
  readonly announce: (line: string) => void;
}

export interface CacheWatch {
  check(): void;
  stop(): void;
}

export function watchWorkflowCache(
  { cachedWorkflows, metrics, announce }: WorkflowCache,
  everyMs = CHECK_INTERVAL_MS,
): CacheWatch {
  let announced = false;
  const check = (): void => {
    const activeTasks = metrics.takeActiveRuns(cachedWorkflows);
    const isOverfull = activeTasks > cachedWorkflows;
    if (isOverfull && !announced) announce(overfullLine(activeTasks, cachedWorkflows));
    announced = isOverfull;
  };
  const timer = setInterval(check, everyMs);
  timer.unref();
  return { check, stop: () => clearInterval(timer) };
}

// ---

function overfullLine(activeTasks: number, cachedWorkflows: number): string {
  return (
    `${activeTasks} tasks work here, and this worker keeps ${cachedWorkflows} of them in memory: each step of the others is replayed ` +
    'from history, which costs about three times as much. Raise maxCachedWorkflows, or start a worker on another host.'
  );
}
