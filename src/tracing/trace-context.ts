/**
 * To which trace the spans of a task belong. The trace parent in the task's signed input tells it on every host, so no
 * header, event or request is needed for it.
 */
import { createHash } from 'node:crypto';
import type { Context, SpanContext } from '@opentelemetry/api';
import { readTraceParent, type TraceParent, writeTraceParent } from '../domain/trace-parent.js';
import { loadedTracingApi, type TracingApi } from './api.js';

/** A task as spans name it. */
export interface TracedTask {
  readonly id: string;
  /** Absent: the task was started without a trace. */
  readonly traceparent?: string | undefined;
  /** Tells apart the traces of two tasks with one id. */
  readonly mac?: string | undefined;
}

/**
 * The context for a new span of the task: the active one, when it has a span of the same trace (or the task has none of its
 * own), else that of the task.
 */
export function contextOfTask(api: TracingApi, task: TracedTask): Context {
  const active = api.context.active();
  const current = api.trace.getSpanContext(active);
  const known = readTraceParent(task.traceparent);
  const isUsable = current !== undefined && api.isSpanContextValid(current);
  if (isUsable && (known === undefined || known.traceId === current.traceId)) return active;
  return contextWith(api, remoteContext(known ?? derived(task)));
}

export function contextWith(api: TracingApi, spanContext: SpanContext): Context {
  return api.trace.setSpanContext(api.context.active(), spanContext);
}

export function remoteContext({ traceId, spanId, flags }: TraceParent): SpanContext {
  return { traceId, spanId, traceFlags: flags, isRemote: true };
}

export function traceParentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return writeTraceParent({ traceId, spanId, flags: traceFlags });
}

/** The trace parent of the active span; undefined without one. */
export function activeTraceParent(): string | undefined {
  const api = loadedTracingApi();
  const current = api?.trace.getSpanContext(api.context.active());
  return api && current && api.isSpanContextValid(current) ? traceParentOf(current) : undefined;
}

// ---

/** One trace for a task that was started without one: the same on every host. Its first span does not exist. */
function derived({ id, mac = '' }: TracedTask): TraceParent {
  const digest = createHash('sha256')
    .update(JSON.stringify([id, mac]))
    .digest('hex');
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48), flags: 1 };
}
