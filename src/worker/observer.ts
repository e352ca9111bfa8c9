/**
 * Tells what the activities do for a task: as spans, and as events for a log. All of it is names and counts; content is on
 * spans only where the options ask for it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ObservedRequest, ObservedTask, ObserverPort } from '../../activities/ports.js';
import type { IterateResult, Mirrored } from '../domain/activity-calls.js';
import type { Call, Message } from '../domain/conversation.js';
import { finishOf } from '../domain/finish.js';
import { statusOf } from '../domain/task.js';
import { microsOfStamp } from '../domain/timestamp.js';
import type { Observation } from '../domain/tool.js';
import type { WorkEvent } from '../domain/work-event.js';
import type { ModelChoice, Reply } from '../models/model.js';
import {
  AGENT,
  type Attributes,
  messagesJson,
  operation,
  providerAttributes,
  requestAttributes,
  serverAttributes,
  usageAttributes,
} from '../tracing/attributes.js';
import { errorType, ITERATION, TaskSpans, type TracedStep } from '../tracing/task-spans.js';

export interface ObserverOptions {
  readonly tell: (event: WorkEvent) => void;
  /** Whether spans carry messages, arguments and outputs. */
  readonly content: boolean;
  readonly redact: (text: string) => string;
}

type EventBody = WorkEvent extends infer E
  ? E extends WorkEvent
    ? Omit<E, 'task' | 'run' | 'iteration'>
    : never
  : never;

export class TaskObserver implements ObserverPort {
  readonly #spans = new TaskSpans();
  /** The iteration that runs here: its inline tools do not know its number. */
  readonly #running = new AsyncLocalStorage<number | undefined>();

  constructor(private readonly options: ObserverOptions) {}

  async iteration(task: ObservedTask, work: () => Promise<IterateResult>): Promise<IterateResult> {
    const step = this.#stepOf(task);
    const since = performance.now();
    const attributes = { 'gen_ai.conversation.id': step.id, 'gen_ai.agent.name': AGENT };
    const inIteration = () => this.#running.run(step.iteration, work);
    const span = { name: ITERATION, kind: 'internal', step, attributes } as const;
    const result = await this.#spans.inSpan(span, inIteration, () => ({ attributes: {} }));
    const accepted = acceptedEvent(result, elapsed(since));
    if (accepted) this.#tell(step, accepted);
    return result;
  }

  async model(task: ObservedTask, request: ObservedRequest, work: () => Promise<Reply>): Promise<Reply> {
    const step = this.#stepOf(task);
    const since = performance.now();
    const { provider, model, endpoint } = request.chain[0] as ModelChoice;
    const attributes = {
      ...operation('chat', step.id),
      ...providerAttributes(provider),
      ...requestAttributes(model, request.maxOutputTokens),
      ...serverAttributes(endpoint),
      ...this.#content(() => ({ 'gen_ai.input.messages': messagesJson(request.messages) })),
    };
    try {
      const span = { name: `chat ${model}`, kind: 'client', step, attributes } as const;
      return await this.#spans.inSpan(span, work, (reply) => ({
        attributes: {
          ...replyAttributes(reply),
          ...this.#content(() => ({ 'gen_ai.output.messages': messagesJson([said(reply)]) })),
        },
      }));
    } catch (error) {
      this.#tell(step, { type: 'model_error', provider, model, code: errorType(error), ms: elapsed(since) });
      throw error;
    }
  }

  async tool(
    task: ObservedTask,
    { id: call, name: tool, args }: Pick<Call, 'id' | 'name' | 'args'>,
    work: () => Promise<Observation>,
  ): Promise<Observation> {
    const step = this.#stepOf(task);
    const since = performance.now();
    const attributes = {
      ...operation('execute_tool', step.id),
      ...{ 'gen_ai.tool.name': tool, 'gen_ai.tool.call.id': call, 'gen_ai.tool.type': 'function' },
      ...this.#content(() => ({ 'gen_ai.tool.call.arguments': JSON.stringify(args) ?? '' })),
    };
    const span = { name: `execute_tool ${tool}`, kind: 'internal', step, attributes } as const;
    const observation = await this.#spans.inSpan(span, work, ({ outcome, content }) => ({
      attributes: { 'rookery.tool.outcome': outcome, ...this.#content(() => ({ 'gen_ai.tool.call.result': content })) },
      error: outcome === 'ok' ? undefined : outcome,
    }));
    this.#tell(step, { type: 'tool', tool, call, outcome: observation.outcome, ms: elapsed(since) });
    return observation;
  }

  ended(task: ObservedTask, { state, iterations, spent, created_at, provider, model }: Mirrored): void {
    const step = { ...this.#stepOf(task), iteration: undefined };
    const { input } = task;
    const status = statusOf(state);
    this.#tell(step, { type: 'end', status, iterations, usage: spent ?? null });
    const attributes = {
      ...operation('invoke_agent', step.id),
      ...providerAttributes(provider ?? input.provider),
      ...requestAttributes(model ?? input.model),
      ...{ 'rookery.status': status, 'rookery.iterations': iterations },
      ...(spent ? usageAttributes(spent) : {}),
    };
    const began = created_at ?? microsOfStamp(input.created_at ?? '');
    const span = { name: `invoke_agent ${AGENT}`, kind: 'internal', step, attributes } as const;
    const error = status === 'Completed' ? undefined : status;
    void this.#spans.record(span, began === undefined ? Date.now() : began / 1000, { attributes: {}, error });
  }

  #stepOf({ id, run, iteration = this.#running.getStore(), input }: ObservedTask): TracedStep {
    return { id, run, iteration, traceparent: input.traceparent, mac: input.signature?.mac };
  }

  #tell({ id, run, iteration }: TracedStep, body: EventBody): void {
    this.options.tell({ task: id, run, ...(iteration === undefined ? {} : { iteration }), ...body } as WorkEvent);
  }

  /** Nothing, unless the options ask for content. */
  #content(attributes: () => Readonly<Record<string, string>>): Attributes {
    if (!this.options.content) return {};
    return Object.fromEntries(Object.entries(attributes()).map(([name, text]) => [name, this.options.redact(text)]));
  }
}

// ---

function elapsed(since: number): number {
  return Math.round(performance.now() - since);
}

function acceptedEvent(result: IterateResult, ms: number): EventBody | undefined {
  if (result.kind !== 'accepted') return undefined;
  const { provider, model, usage, message } = result;
  return { type: 'iteration', provider, model, usage, finish: finishOf(result), calls: message.calls?.length ?? 0, ms };
}

function replyAttributes({ provider, model, finish, usage }: Reply): Attributes {
  return {
    ...providerAttributes(provider),
    'gen_ai.response.model': model,
    'gen_ai.response.finish_reasons': [finish],
    ...usageAttributes(usage),
  };
}

function said({ content, calls }: Reply): Message {
  return { role: 'assistant', content, calls: calls.map((call) => ({ ...call, id: call.wire_id })) };
}
