/**
 * Metrics of a worker, in the SDK's metrics and in one line of its log: how often it had the requested conversation,
 * and whether the active tasks fit into its memory. Only counts.
 */
import type { MetricCounter, MetricGauge, MetricMeter } from '@temporalio/common';

export interface Metrics {
  /** An activity named a conversation; `cacheBytes`: size of the cache. */
  recordLookup(found: boolean, held: number): void;
  /** An activity of that run has arrived. */
  recordRun(run: string): void;
  /** How many runs had an activity since the last call; `kept`: how many workflows the worker keeps in memory. */
  takeActiveRuns(kept: number): number;
  readonly seen: CacheCounts;
}

export interface CacheCounts {
  /** Conversations requested by their token. */
  readonly asked: number;
  readonly found: number;
  /** Bytes in the cache. */
  readonly held: number;
}

/** `meter` is called at first use: a worker has none before it is created. */
export function createMetrics(meter: () => MetricMeter): Metrics {
  const seen = { asked: 0, found: 0, held: 0 };
  const activeRuns = new Set<string>();
  let created: Instruments | undefined;
  const instruments = (): Instruments => {
    created ??= instrumentsOf(meter());
    return created;
  };
  return {
    seen,
    recordLookup(found, held) {
      seen.asked++;
      if (found) seen.found++;
      seen.held = held;
      instruments().conversations.add(1, { found: String(found) });
      instruments().held.set(held);
    },
    recordRun: (run) => void activeRuns.add(run),
    takeActiveRuns(kept) {
      const { size } = activeRuns;
      activeRuns.clear();
      instruments().working.set(size);
      instruments().kept.set(kept);
      return size;
    },
  };
}

/** For a person, when a worker stops. */
export function cacheCountsLine({ asked, found, held }: CacheCounts): string {
  const percent = ((found * 100) / asked).toFixed(1);
  return `conversations: ${asked} asked for, ${percent} % of them in memory, ${(held / 2 ** 20).toFixed(1)} MB held`;
}

// ---

interface Instruments {
  readonly conversations: MetricCounter;
  readonly held: MetricGauge;
  readonly working: MetricGauge;
  readonly kept: MetricGauge;
}

function instrumentsOf(meter: MetricMeter): Instruments {
  return {
    conversations: meter.createCounter('rookery_conversations', 'lookups', 'conversations asked for by token'),
    held: meter.createGauge('rookery_conversation_bytes', 'int', 'By', 'bytes that the conversation cache holds'),
    working: meter.createGauge('rookery_working_tasks', 'int', 'tasks', 'tasks with an activity in the last minute'),
    kept: meter.createGauge('rookery_kept_workflows', 'int', 'workflows', 'workflows that this worker keeps in memory'),
  };
}
