/**
 * The OpenTelemetry collector of a worker, from `--otlp`, the standard `OTEL_*` variables and the settings. Metrics and
 * spans read it here, so that both follow the same rules.
 */
import { RookeryError } from '../domain/errors.js';
import type { Setting } from './setting-origin.js';

export type OtlpSignal = 'metrics' | 'traces';

export interface OtlpTarget {
  /** Of this signal: with its path for HTTP, without one for gRPC. */
  readonly url: string;
  readonly protocol: 'grpc' | 'http/protobuf';
  /** May hold secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of metrics. */
  readonly intervalMs: number;
  readonly temporality: 'cumulative' | 'delta';
  /** `service.name` of the resource. */
  readonly service: string;
}

/** Variables that a restarted worker needs again. */
export function isOtlpVariable(name: string): boolean {
  return name.startsWith('OTEL_');
}

export const OTLP_ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';

/**
 * `otlp`: the setting, from any source. @returns undefined when nothing is to be exported. Throws `usage` for a variable
 * with a wrong value.
 */
export function otlpTarget(
  signal: OtlpSignal,
  otlp: Setting<string | undefined>,
  env: NodeJS.ProcessEnv,
): OtlpTarget | undefined {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  const NAME = signal.toUpperCase();
  if ((env[`OTEL_${NAME}_EXPORTER`] || 'otlp') !== 'otlp') return undefined;
  const own = `OTEL_EXPORTER_OTLP_${NAME}_ENDPOINT`;
  const exact = otlp.origin === 'flag' ? undefined : urlIn(env, own);
  const base = exact ?? (otlp.origin === 'environment' ? urlIn(env, OTLP_ENDPOINT) : otlp.value);
  if (base === undefined) return undefined;
  const of = (name: string): string | undefined =>
    env[`OTEL_EXPORTER_OTLP_${NAME}_${name}`] || env[`OTEL_EXPORTER_OTLP_${name}`] || undefined;
  const protocol = protocolOf(of('PROTOCOL'), base);
  const url = exact !== undefined || protocol === 'grpc' ? base : `${base.replace(/\/+$/, '')}/v1/${signal}`;
  return {
    url,
    protocol,
    headers: headersOf(of('HEADERS')),
    intervalMs: intervalOf(env.OTEL_METRIC_EXPORT_INTERVAL),
    temporality: /^delta$/i.test(env.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE ?? '') ? 'delta' : 'cumulative',
    service:
      env.OTEL_SERVICE_NAME ||
      /(?:^|,)\s*service\.name=([^,]+)/.exec(env.OTEL_RESOURCE_ATTRIBUTES ?? '')?.[1] ||
      SERVICE,
  };
}

/** An address that can be shown: it holds no secret. */
export function isPlainUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash
  );
}

// ---

/** The standard's default. */
const INTERVAL_MS = 60_000;
const SERVICE = 'rookery';
const GRPC_PORT = '4317';

function urlIn(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name] || undefined;
  if (text === undefined || isPlainUrl(text)) return text;
  throw new RookeryError('usage', `${name} is not a plain http or https address`, {
    hint: 'Write http://127.0.0.1:4318; credentials go into OTEL_EXPORTER_OTLP_HEADERS',
  });
}

/** Without a variable: HTTP, the standard's default, except at the port that is gRPC's. */
function protocolOf(given: string | undefined, url: string): OtlpTarget['protocol'] {
  if (given === undefined) return new URL(url).port === GRPC_PORT ? 'grpc' : 'http/protobuf';
  if (given === 'grpc' || given === 'http/protobuf') return given;
  throw new RookeryError('usage', `OTEL_EXPORTER_OTLP_PROTOCOL takes grpc or http/protobuf, not '${given}'`);
}

/** As the standard writes them: `name=value` pairs, percent-encoded, with commas between. */
function headersOf(text = ''): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      try {
        if (at > 0) return [pair.slice(0, at).trim().toLowerCase(), decodeURIComponent(pair.slice(at + 1).trim())];
      } catch {
        // Refused below: the value may be a secret, so it is not shown.
      }
      throw new RookeryError('usage', 'OTEL_EXPORTER_OTLP_HEADERS takes name=value pairs with commas between them');
    }),
  );
}

function intervalOf(text: string | undefined): number {
  if (!text) return INTERVAL_MS;
  const ms = Number(text);
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  throw new RookeryError('usage', `OTEL_METRIC_EXPORT_INTERVAL takes a number of milliseconds, not '${text}'`);
}
