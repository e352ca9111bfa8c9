/**
 * The spans of a task: one trace from the program that submits it to its tools, on every host, by the conventions for
 * generative AI, without content.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { WorkEvent } from '../../src/domain/work-event.js';
import { hostQueueOf } from '../../src/domain/worker-names.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import type { Script } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

const CANARY = 'heron-canary-5519';
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
beforeEach(() => exporter.reset());

let rig: Rig;
const events: WorkEvent[] = [];
beforeAll(async () => {
  rig = await startRig({ plugin: { observe: (event) => void events.push(event) } });
  writeFileSync(join(rig.workspace, 'name.txt'), `${CANARY} in a file\n`);
});
afterAll(async () => {
  await rig.stop();
  await provider.shutdown();
});
afterEach(() => void events.splice(0));

const calls = (...names: [string, object][]): Script => ({
  content: CANARY,
  calls: names.map(([name, args], n) => ({ id: `c${n}`, name, args })),
  usage: { input: 30, output: 4, cached: 10 },
});
const agent = () =>
  inOrder(
    calls(['read_file', { path: 'name.txt' }]),
    calls(['write_file', { path: 'b.txt', content: CANARY, overwrite: true }]),
    {
      content: `${CANARY} as the answer`,
      usage: { input: 40, output: 5 },
    },
  );

const ofTask = (id: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.attributes['gen_ai.conversation.id'] === id);
const named = (spans: readonly ReadableSpan[], name: string): ReadableSpan[] =>
  spans.filter((one) => one.name === name);
const parentOf = (span: ReadableSpan | undefined): string | undefined => span?.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().spanId;

/** The last span of a task is that of the whole task. */
async function spansOf(id: string): Promise<ReadableSpan[]> {
  const isWhole = ({ name, kind }: ReadableSpan) => name === 'invoke_agent rookery' && kind === SpanKind.INTERNAL;
  await until(() => ofTask(id).some(isWhole), { what: 'the span of the whole task is made' });
  return ofTask(id);
}

async function submitted(task: Partial<TaskInput> = {}): Promise<{ id: string; model: string }> {
  const { client, paths, book } = rig;
  const manager = await BackgroundTaskManager.open({ workdir: paths.workdir, client });
  const model = book.add(agent());
  const chosen = { provider: 'litellm', model, endpoint: book.url, endpoint_origin: 'user' as const };
  const { id } = await manager.submit({ prompt: `${CANARY} in a prompt`, allow: ['write'], ...chosen, ...task });
  expect(await manager.wait(id)).toMatchObject({ ok: true });
  return { id, model };
}

test('a task is one trace: submit, the whole task, its iterations, and in them models and tools', async () => {
  const { id, model } = await submitted();
  const spans = await spansOf(id);
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
  const [submit] = spans.filter(({ kind, name }) => kind === SpanKind.CLIENT && name === 'invoke_agent rookery');
  const [whole] = spans.filter(({ kind, name }) => kind === SpanKind.INTERNAL && name === 'invoke_agent rookery');
  expect(parentOf(submit)).toBeUndefined();
  expect(parentOf(whole)).toBe(idOf(submit));
  const iterations = named(spans, 'iteration');
  expect(iterations.map((span) => [span.attributes['rookery.iteration'], parentOf(span)])).toEqual(
    [1, 2, 3].map((n) => [n, idOf(submit)]),
  );
  // An inline tool runs in the iteration after its reply, a separate one below the reply that requested it.
  const [first, second, third] = iterations;
  const chats = named(spans, `chat ${model}`);
  expect(chats.map(parentOf)).toEqual([idOf(first), idOf(second), idOf(third)]);
  expect(named(spans, 'execute_tool read_file').map(parentOf)).toEqual([idOf(second)]);
  expect(named(spans, 'execute_tool write_file').map(parentOf)).toEqual([idOf(second)]);
  expect(spans).toHaveLength(10);
});

test('spans have the names of the conventions, counts, and no content', async () => {
  const { id, model } = await submitted();
  const spans = await spansOf(id);
  const [chat] = named(spans, `chat ${model}`);
  expect(chat?.kind).toBe(SpanKind.CLIENT);
  expect(chat?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'litellm',
    'gen_ai.request.model': model,
    'gen_ai.response.model': model,
    'gen_ai.request.max_tokens': 8192,
    'gen_ai.response.finish_reasons': ['tool-calls'],
    'gen_ai.usage.input_tokens': 30,
    'gen_ai.usage.output_tokens': 4,
    'gen_ai.usage.cache_read.input_tokens': 10,
    'server.address': '127.0.0.1',
  });
  const [tool] = named(spans, 'execute_tool write_file');
  expect(tool?.attributes).toMatchObject({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'write_file',
    'gen_ai.tool.call.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'rookery.tool.outcome': 'ok',
    'rookery.iteration': 2,
  });
  const whole = spans.find(({ kind, name }) => kind === SpanKind.INTERNAL && name === 'invoke_agent rookery');
  expect(whole?.attributes).toMatchObject({ 'rookery.status': 'Completed', 'gen_ai.usage.input_tokens': 100 });
  expect(JSON.stringify(spans.map(({ name, attributes, events: noted }) => [name, attributes, noted]))).not.toContain(
    CANARY,
  );
});

test('what the worker does is told as events with task, run and iteration, without content', async () => {
  const { id, model } = await submitted();
  await until(() => events.some(({ type }) => type === 'end'), { what: 'the end is told' });
  const { runId } = await rig.client.workflow.getHandle(id).describe();
  expect(new Set(events.map(({ task, run }) => `${task} ${run}`))).toEqual(new Set([`${id} ${runId}`]));
  expect(events.map(({ type, iteration }) => [type, iteration])).toEqual([
    ['iteration', 1],
    ['tool', 2],
    ['iteration', 2],
    ['tool', 2],
    ['iteration', 3],
    ['end', undefined],
  ]);
  expect(events[2]).toMatchObject({ provider: 'litellm', model, calls: 1, finish: 'tool-calls' });
  expect(events.at(-1)).toMatchObject({ status: 'Completed', iterations: 3 });
  expect(JSON.stringify(events)).not.toContain(CANARY);
});

test('the span of the caller is the parent, for the manager and for a plain start by a client with the plugin', async () => {
  const tracer = trace.getTracer('test');
  const started = await tracer.startActiveSpan('caller', async (span) => {
    try {
      return { manager: await submitted(), client: await rig.start(agent(), { allow: ['write'] }), span };
    } finally {
      span.end();
    }
  });
  await started.client.result();
  const { traceId } = started.span.spanContext();
  for (const id of [started.manager.id, started.client.id])
    for (const span of await spansOf(id)) expect(span.spanContext().traceId).toBe(traceId);
  const [submit] = ofTask(started.manager.id).filter(({ kind }) => kind === SpanKind.CLIENT);
  expect(parentOf(submit)).toBe(started.span.spanContext().spanId);
});

test('a trace parent in the input is joined, and a wrong one is refused', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const { id } = await submitted({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
  for (const span of await spansOf(id)) expect(span.spanContext().traceId).toBe(traceId);
  await expect(submitted({ traceparent: 'x' })).rejects.toThrow('a W3C trace parent');
});

test('a task without a trace has one of its own', async () => {
  const task = await rig.start(agent(), { allow: ['write'] });
  await task.result();
  const other = await rig.start(agent(), { allow: ['write'] });
  await other.result();
  const traces = await Promise.all([task, other].map(({ id }) => spansOf(id)));
  const ids = traces.map((spans) => [...new Set(spans.map((span) => span.spanContext().traceId))]);
  expect(ids.map((one) => one.length)).toEqual([1, 1]);
  expect(ids[0]).not.toEqual(ids[1]);
});

test('a failed request and a failed tool are errors, by their kind', async () => {
  const read = calls(['read_file', { path: 'no-such-file' }]);
  const task = await rig.start(inOrder(read, { status: 400, body: { error: { message: CANARY } } }));
  await task.failure();
  const spans = await spansOf(task.id);
  const errors = spans.filter(({ status }) => status.code === SpanStatusCode.ERROR);
  expect(errors.map(({ name, attributes }) => [name, attributes['error.type']]).sort()).toEqual([
    [`chat ${task.model}`, 'bad_request'],
    ['execute_tool read_file', 'failed'],
    ['invoke_agent rookery', 'Failed'],
    ['iteration', 'bad_request'],
  ]);
  expect(errors.map(({ status }) => status.message).filter(Boolean)).toEqual([]);
});

test('content is on spans where the plugin is told so', async () => {
  const own = await startRig({ plugin: { traceContent: true } });
  try {
    writeFileSync(join(own.workspace, 'name.txt'), `${CANARY} in a file\n`);
    const task = await own.start(agent(), { prompt: `${CANARY} in a prompt`, allow: ['write'] });
    await task.result();
    const spans = await spansOf(task.id);
    const chats = named(spans, `chat ${task.model}`);
    const messages = JSON.parse(String(chats[2]?.attributes['gen_ai.input.messages'])) as { role: string }[];
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'assistant', 'tool']);
    expect(chats[2]?.attributes['gen_ai.output.messages']).toContain(`${CANARY} as the answer`);
    const [tool] = named(spans, 'execute_tool read_file');
    expect(tool?.attributes['gen_ai.tool.call.arguments']).toBe('{"path":"name.txt"}');
    expect(tool?.attributes['gen_ai.tool.call.result']).toContain(`${CANARY} in a file`);
  } finally {
    await own.stop();
  }
});

describe('on two hosts', () => {
  let here: Rig;
  let there: Rig;
  beforeAll(async () => {
    here = await startRig({ taskQueue: 'traced' });
    const { namespace, book, paths } = here;
    there = await startRig({ namespace, book, taskQueue: 'traced', plugin: { signingKeyFile: paths.signingKey } });
    for (const { workspace } of [here, there]) writeFileSync(join(workspace, 'name.txt'), 'the file\n');
  });
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
  });

  test('the work on the queue of a host belongs to the trace of the submit', async () => {
    const queues = async ({ handle }: Task): Promise<string[]> => {
      const { events: all } = await handle.fetchHistory();
      return (all ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name ?? []);
    };
    const tracer = trace.getTracer('test');
    for (let n = 0; n < 40; n++) {
      const started = await tracer.startActiveSpan('submit', async (span) => {
        const task = await here.start(agent(), { allow: ['write'], host: here.plugin.host });
        span.end();
        return { task, traceId: span.spanContext().traceId };
      });
      await started.task.result();
      for (const span of await spansOf(started.task.id)) expect(span.spanContext().traceId).toBe(started.traceId);
      if ((await queues(started.task)).includes(hostQueueOf('traced', here.plugin.host))) return;
    }
    expect.unreachable('no task used the queue of its host');
  });
});
