/**
 * The spans of a task's work on a worker. Each has the place in the trace that the task's input names, so that work on
 * several hosts is one trace. Without a registered tracer provider the work runs as it would without this file.
 */
import type { Span, SpanContext, TimeInput } from '@opentelemetry/api';
import { RookeryError } from '../domain/errors.js';
import { type TracingApi, tracingApi } from './api.js';
import type { Attributes } from './attributes.js';
import { contextOfTask, contextWith, type TracedTask } from './trace-context.js';

/** A task and the step of it that the span belongs to. */
export interface TracedStep extends TracedTask {
  readonly run: string;
  readonly iteration?: number | undefined;
}

export interface SpanStart {
  readonly name: string;
  /** `client`: it calls another system. */
  readonly kind: 'internal' | 'client';
  readonly step: TracedStep;
  readonly attributes: Attributes;
}

export interface SpanEnd {
  readonly attributes: Attributes;
  /** What `error.type` says; absent: the work has succeeded. */
  readonly error?: string | undefined;
}

export class TaskSpans {
  /** Contexts of the last iterations of this process, by run and number: their tools run in other activities. */
  readonly #iterations = new Map<string, SpanContext>();

  async inSpan<T>(start: SpanStart, work: () => Promise<T>, endOf: (result: T) => SpanEnd): Promise<T> {
    const loading = tracingApi();
    const api = loading && (await loading);
    if (!api) return work();
    const isIteration = start.name === ITERATION;
    const parent = isIteration ? contextOfTask(api, start.step) : this.#contextOf(api, start.step);
    const span = startSpan(api, start, parent);
    if (isIteration) this.#remember(start.step, span.spanContext());
    try {
      const result = await api.context.with(api.trace.setSpan(parent, span), work);
      finish(api, span, endOf(result));
      return result;
    } catch (error) {
      finish(api, span, { attributes: {}, error: errorType(error) });
      throw error;
    }
  }

  /** A span of something that is over. */
  async record(start: SpanStart, startTime: TimeInput, end: SpanEnd): Promise<void> {
    const loading = tracingApi();
    const api = loading && (await loading);
    if (!api) return;
    finish(api, startSpan(api, { ...start, startTime }, contextOfTask(api, start.step)), end);
  }

  #contextOf(api: TracingApi, step: TracedStep) {
    const task = contextOfTask(api, step);
    const iteration = this.#iterations.get(keyOf(step));
    // An active span is that of the iteration, or one that another instrumentation has put around the activity.
    return iteration && task !== api.context.active() ? contextWith(api, iteration) : task;
  }

  #remember(step: TracedStep, context: SpanContext): void {
    this.#iterations.set(keyOf(step), context);
    for (const oldest of this.#iterations.keys()) {
      if (this.#iterations.size <= REMEMBERED) break;
      this.#iterations.delete(oldest);
    }
  }
}

export const ITERATION = 'iteration';

/** Its kind of error, without its words: those may quote the conversation. */
export function errorType(error: unknown): string {
  if (error instanceof RookeryError) return error.code;
  const { type, name } = Object(error) as { readonly type?: unknown; readonly name?: unknown };
  return String((typeof type === 'string' && type) || name || '_OTHER');
}

// ---

const REMEMBERED = 500;

function keyOf({ run, iteration }: TracedStep): string {
  return `${run} ${iteration}`;
}

function startSpan(
  api: TracingApi,
  { name, kind, step, attributes, startTime }: SpanStart & { readonly startTime?: TimeInput },
  parent: ReturnType<typeof contextOfTask>,
): Span {
  const { run, iteration } = step;
  const about = { 'rookery.run.id': run, ...(iteration === undefined ? {} : { 'rookery.iteration': iteration }) };
  return api.trace.getTracer('rookery').startSpan(
    name,
    {
      kind: kind === 'client' ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL,
      attributes: { ...attributes, ...about },
      ...(startTime === undefined ? {} : { startTime }),
    },
    parent,
  );
}

function finish(api: TracingApi, span: Span, { attributes, error }: SpanEnd): void {
  span.setAttributes(attributes);
  if (error !== undefined) {
    span.setAttribute('error.type', error);
    span.setStatus({ code: api.SpanStatusCode.ERROR });
  }
  span.end();
}
