/**
 * What a worker tells of itself, in the SDK's own metrics and in one line of its log: how often it had the conversation
 * that it was asked for, and whether the tasks that work fit into its memory. Counts; decides nothing.
 */
import type { MetricCounter, MetricGauge, MetricMeter } from '@temporalio/common';

export interface Metrics {
  /** An activity named a conversation; `held`: what the cache holds then, in bytes. */
  conversation(found: boolean, held: number): void;
  /** An activity of that run has come. */
  works(run: string): void;
  /** How many runs had one since this was asked last; `kept`: how many workflows the worker keeps in memory. */
  takeWorking(kept: number): number;
  readonly seen: CacheCounts;
}

export interface CacheCounts {
  /** Conversations asked for by their token. */
  readonly asked: number;
  readonly found: number;
  /** Bytes in the cache. */
  readonly held: number;
}

/** `meter` is asked for when it is needed first: a worker has none before it is made. */
export function createMetrics(meter: () => MetricMeter): Metrics {
  const seen = { asked: 0, found: 0, held: 0 };
  const working = new Set<string>();
  let made: Instruments | undefined;
  const instruments = (): Instruments => {
    made ??= instrumentsOf(meter());
    return made;
  };
  return {
    seen,
    conversation(found, held) {
      seen.asked++;
      if (found) seen.found++;
      seen.held = held;
      instruments().conversations.add(1, { found: String(found) });
      instruments().held.set(held);
    },
    works: (run) => void working.add(run),
    takeWorking(kept) {
      const { size } = working;
      working.clear();
      instruments().working.set(size);
      instruments().kept.set(kept);
      return size;
    },
  };
}

/** For a person, at the end of a worker. */
export function seenLine({ asked, found, held }: CacheCounts): string {
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
