/** The SDK's runtime of a worker of the command: its log, its signals, and where its metrics go. Once per process. */
import { type Logger, Runtime, type TelemetryOptions } from '@temporalio/worker';
import type { OtlpTarget } from '../config/otlp.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { MODEL_LATENCY, MODEL_LATENCY_BUCKETS } from './metrics.js';
import type { Operation } from './operation.js';

/** Throws `environment` when the port of the metrics cannot be used. */
export function installRuntime(logger: Logger, operation: Operation | undefined): void {
  const { metrics } = operation?.settings ?? {};
  const exporter = metricsExporter(metrics?.value, operation?.otlp);
  try {
    const { logger: sdkLogger } = Runtime.install({
      logger,
      shutdownSignals: ['SIGINT', 'SIGTERM'],
      telemetryOptions: {
        logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
        ...(exporter && { metrics: exporter }),
      },
    });
    // A dozen unused trace lines per iteration: the SDK would create, sort and forward an entry for each.
    sdkLogger.trace = () => undefined;
    sdkLogger.debug = () => undefined;
  } catch (error) {
    if (metrics?.value === undefined) throw error;
    throw new RookeryError('environment', `--metrics cannot listen on ${metrics.value}: ${sentenceOf(error)}`, {
      hint: 'Give another port or address',
      cause: error,
    });
  }
}

// ---

const BUCKETS = { [MODEL_LATENCY]: MODEL_LATENCY_BUCKETS };

/** The SDK has one exporter: with both, Prometheus reads the metrics, and the collector gets no second copy. */
function metricsExporter(listener: string | undefined, otlp: OtlpTarget | undefined): TelemetryOptions['metrics'] {
  if (listener !== undefined) return { prometheus: { bindAddress: listener, histogramBucketOverrides: BUCKETS } };
  if (otlp === undefined) return undefined;
  const { url, protocol, headers, intervalMs, temporality, service } = otlp;
  return {
    globalTags: { 'service.name': service },
    otel: {
      url,
      http: protocol === 'http/protobuf',
      headers: { ...headers },
      metricsExportInterval: intervalMs,
      temporality,
      histogramBucketOverrides: BUCKETS,
    },
  };
}
