/**
 * Metrics of a worker, in the SDK's metrics and in one line of its log: how often it had the requested conversation,
 * whether the active tasks fit into its memory, what the models were asked, and what the audit log notes. Only counts,
 * with labels from closed lists. docs/operations.md names each of them; a test compares.
 */
import type { MetricCounter, MetricGauge, MetricHistogram, MetricMeter } from '@temporalio/common';
import type { Usage } from '../domain/task.js';

export interface Metrics {
  /** An activity named a conversation; `cacheBytes`: size of the cache. */
  recordLookup(found: boolean, held: number): void;
  /** An activity of that run has arrived. */
  recordRun(run: string): void;
  /** How many runs had an activity since the last call; `kept`: how many workflows the worker keeps in memory. */
  takeActiveRuns(kept: number): number;
  recordModelRequest(request: ModelRequestCount): void;
  /** Of the audit log; `outcome` for those that have one. */
  recordEvent(type: string, outcome: string): void;
  readonly seen: CacheCounts;
}

export interface ModelRequestCount {
  readonly provider: string;
  /** `reply`, or the code of the error. */
  readonly outcome: string;
  readonly ms: number;
  /** Of a reply. */
  readonly usage?: Usage;
}

export interface CacheCounts {
  /** Conversations requested by their token. */
  readonly asked: number;
  readonly found: number;
  /** Bytes in the cache. */
  readonly held: number;
}

/** In milliseconds: a model request may take ten minutes. */
export const MODEL_LATENCY = 'rookery_model_request_latency';
export const MODEL_LATENCY_BUCKETS = [250, 500, 1e3, 2.5e3, 5e3, 1e4, 2.5e4, 5e4, 1e5, 3e5, 6e5];

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
    recordModelRequest: (request) => recordRequest(instruments(), request),
    recordEvent: (type, outcome) => instruments().events.add(1, { type, outcome }),
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
  readonly requests: MetricCounter;
  readonly latency: MetricHistogram;
  readonly tokens: MetricCounter;
  readonly events: MetricCounter;
}

function instrumentsOf(meter: MetricMeter): Instruments {
  return {
    conversations: meter.createCounter('rookery_conversations', 'lookups', 'conversations asked for by token'),
    held: meter.createGauge('rookery_conversation_bytes', 'int', 'By', 'bytes that the conversation cache holds'),
    working: meter.createGauge('rookery_working_tasks', 'int', 'tasks', 'tasks with an activity in the last minute'),
    kept: meter.createGauge('rookery_kept_workflows', 'int', 'workflows', 'workflows that this worker keeps in memory'),
    requests: meter.createCounter('rookery_model_requests', 'requests', 'requests to models, by outcome'),
    latency: meter.createHistogram(MODEL_LATENCY, 'int', 'ms', 'time of a request to a model'),
    tokens: meter.createCounter('rookery_model_tokens', 'tokens', 'tokens of replies, as the provider counts them'),
    events: meter.createCounter('rookery_events', 'events', 'entries of the audit log'),
  };
}

function recordRequest({ requests, latency, tokens }: Instruments, request: ModelRequestCount): void {
  const { provider, outcome, ms, usage } = request;
  requests.add(1, { provider, outcome });
  latency.record(Math.round(ms), { provider });
  if (!usage) return;
  const counts = {
    input: usage.input_tokens,
    cached_input: usage.cached_input_tokens,
    cache_write: usage.cache_write_tokens,
    output: usage.output_tokens,
    reasoning: usage.reasoning_tokens,
  };
  for (const [kind, count] of Object.entries(counts)) if (count) tokens.add(count, { provider, kind });
}
