/**
 * The API of OpenTelemetry, an optional package: it is loaded only after the program, or a module that Node preloads, has
 * registered a tracer provider. Until then spans cost one look at a global variable.
 */

export type TracingApi = typeof import('@opentelemetry/api');

/** @returns undefined when no tracer provider is registered; a promise of undefined when the package is not here */
export function tracingApi(): Promise<TracingApi | undefined> | undefined {
  if (!isRegistered()) return undefined;
  loading ??= import('@opentelemetry/api').then(
    (api) => {
      loaded = api;
      return api;
    },
    () => undefined,
  );
  return loading;
}

/** For code that cannot wait: undefined until `tracingApi` has been awaited once. */
export function loadedTracingApi(): TracingApi | undefined {
  return loaded;
}

/** Sends what the registered provider still holds, as far as it can within the time. Throws nothing. */
export async function flushSpans(atMostMs: number): Promise<void> {
  const api = await tracingApi();
  if (!api) return;
  const registered: object = api.trace.getTracerProvider();
  const provider = (registered as { getDelegate?(): object }).getDelegate?.() ?? registered;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, atMostMs);
  });
  // Not part of the API, but of every provider of the SDK.
  const flushed = Promise.resolve((provider as { forceFlush?(): Promise<void> }).forceFlush?.());
  await Promise.race([flushed.catch(() => undefined), timeout]);
  clearTimeout(timer);
}

// ---

/** Where every copy of the API keeps what was registered with one of them. */
const GLOBAL = Symbol.for('opentelemetry.js.api.1');

let loading: Promise<TracingApi | undefined> | undefined;
let loaded: TracingApi | undefined;

function isRegistered(): boolean {
  const { trace } = Object((globalThis as Record<symbol, unknown>)[GLOBAL]) as { readonly trace?: unknown };
  return trace !== undefined;
}
