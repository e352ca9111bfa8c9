/**
 * Tells what the activities do for a task: as spans, and as events for a log. All of it is names and counts; content is on
 * spans only where the options ask for it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ObservedTask, ObserverPort } from '../../activities/ports.js';
import type { Message } from '../domain/conversation.js';
import { finishOf } from '../domain/finish.js';
import type { IterateResult } from '../domain/protocol.js';
import { statusOf } from '../domain/task.js';
import { microsOfStamp } from '../domain/timestamp.js';
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

export function createObserver({ tell, content, redact }: ObserverOptions): ObserverPort {
  const spans = new TaskSpans();
  /** The iteration that runs here: its inline tools do not know its number. */
  const running = new AsyncLocalStorage<number | undefined>();
  const stepOf = ({ id, run, iteration = running.getStore(), input }: ObservedTask): TracedStep => ({
    ...{ id, run, iteration },
    ...{ traceparent: input.traceparent, mac: input.signature?.mac },
  });
  const say = ({ id, run, iteration }: TracedStep, body: EventBody): void =>
    tell({ task: id, run, ...(iteration === undefined ? {} : { iteration }), ...body } as WorkEvent);
  const onlyIf = (attributes: () => Attributes): Attributes => (content ? attributes() : {});
  const textOf = (messages: readonly Message[]): string => redact(messagesJson(messages));
  return {
    async iteration(task, work) {
      const step = stepOf(task);
      const since = performance.now();
      const attributes = { 'gen_ai.conversation.id': step.id, 'gen_ai.agent.name': AGENT };
      const inIteration = () => running.run(step.iteration, work);
      const span = { name: ITERATION, kind: 'internal', step, attributes } as const;
      const result = await spans.inSpan(span, inIteration, () => ({ attributes: {} }));
      const accepted = acceptedEvent(result, elapsed(since));
      if (accepted) say(step, accepted);
      return result;
    },
    async model(task, { chain, maxOutputTokens, messages }, work) {
      const step = stepOf(task);
      const since = performance.now();
      const { provider, model, endpoint } = chain[0] as ModelChoice;
      const attributes = {
        ...operation('chat', step.id),
        ...providerAttributes(provider),
        ...requestAttributes(model, maxOutputTokens),
        ...serverAttributes(endpoint),
        ...onlyIf(() => ({ 'gen_ai.input.messages': textOf(messages) })),
      };
      try {
        return await spans.inSpan({ name: `chat ${model}`, kind: 'client', step, attributes }, work, (reply) => ({
          attributes: {
            ...replyAttributes(reply),
            ...onlyIf(() => ({ 'gen_ai.output.messages': textOf([said(reply)]) })),
          },
        }));
      } catch (error) {
        say(step, { type: 'model_error', provider, model, code: errorType(error), ms: elapsed(since) });
        throw error;
      }
    },
    async tool(task, { id: call, name: tool, args }, work) {
      const step = stepOf(task);
      const since = performance.now();
      const attributes = {
        ...operation('execute_tool', step.id),
        ...{ 'gen_ai.tool.name': tool, 'gen_ai.tool.call.id': call, 'gen_ai.tool.type': 'function' },
        ...onlyIf(() => ({ 'gen_ai.tool.call.arguments': redact(JSON.stringify(args) ?? '') })),
      };
      const span = { name: `execute_tool ${tool}`, kind: 'internal', step, attributes } as const;
      const observation = await spans.inSpan(span, work, ({ outcome, content: output }) => ({
        attributes: { 'rookery.tool.outcome': outcome, ...onlyIf(() => ({ 'gen_ai.tool.call.result': output })) },
        error: outcome === 'ok' ? undefined : outcome,
      }));
      say(step, { type: 'tool', tool, call, outcome: observation.outcome, ms: elapsed(since) });
      return observation;
    },
    ended(task, { state, iterations, spent, created_at, provider, model }) {
      const step = { ...stepOf(task), iteration: undefined };
      const { input } = task;
      const status = statusOf(state);
      say(step, { type: 'end', status, iterations, usage: spent ?? null });
      const attributes = {
        ...operation('invoke_agent', step.id),
        ...providerAttributes(provider ?? input.provider),
        ...requestAttributes(model ?? input.model),
        ...{ 'rookery.status': status, 'rookery.iterations': iterations },
        ...(spent ? usageAttributes(spent) : {}),
      };
      const began = created_at ?? microsOfStamp(input.created_at ?? '');
      void spans.record(
        { name: `invoke_agent ${AGENT}`, kind: 'internal', step, attributes },
        began === undefined ? Date.now() : began / 1000,
        { attributes: {}, error: status === 'Completed' ? undefined : status },
      );
    },
  };
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
