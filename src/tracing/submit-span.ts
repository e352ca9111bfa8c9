/** The span of a task's start, in the program that starts it; its context goes with the task. */
import { readTraceParent } from '../domain/trace-parent.js';
import { tracingApi } from './api.js';
import { AGENT, operation, providerAttributes, requestAttributes } from './attributes.js';
import { activeTraceParent, contextWith, remoteContext, traceParentOf } from './trace-context.js';

export interface StartedTask {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly traceparent?: string | undefined;
}

/**
 * @param start gets the task with the trace parent of its span; unchanged when no tracer provider is registered
 */
export async function inSubmitSpan<T extends StartedTask, R>(
  id: string,
  task: T,
  start: (task: T) => Promise<R>,
): Promise<R> {
  const loading = tracingApi();
  const api = loading && (await loading);
  const given = readTraceParent(task.traceparent);
  // A wrong one is refused with the rest of the input.
  if (!api || (task.traceparent !== undefined && !given)) return start(task);
  const parent = given ? contextWith(api, remoteContext(given)) : api.context.active();
  const attributes = {
    ...operation('invoke_agent', id),
    ...providerAttributes(task.provider),
    ...requestAttributes(task.model),
  };
  const options = { kind: api.SpanKind.CLIENT, attributes };
  const span = api.trace.getTracer('rookery').startSpan(`invoke_agent ${AGENT}`, options, parent);
  try {
    const traced = { ...task, traceparent: traceParentOf(span.spanContext()) };
    return await api.context.with(api.trace.setSpan(parent, span), () => start(traced));
  } catch (error) {
    span.setStatus({ code: api.SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/** The task with the active span as its trace parent, unless it has one. */
export function withActiveTrace<T extends StartedTask>(task: T): T {
  const traceparent = task.traceparent === undefined ? activeTraceParent() : undefined;
  return traceparent === undefined ? task : { ...task, traceparent };
}
