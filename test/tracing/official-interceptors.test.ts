/** The spans of a task together with those of Temporal's own interceptors: one trace, ours within theirs. */
import { resolve } from 'node:path';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { Client } from '@temporalio/client';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, expect, test } from 'vitest';
import { TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { inOrder } from '../support/book.js';
import { startRig } from '../support/rig.js';
import { until } from '../support/until.js';

interface Seen {
  readonly name: string;
  readonly id: string;
  readonly trace: string;
  readonly parent: string | undefined;
}

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
afterAll(() => provider.shutdown());

/** What the interceptors hand out of the workflow sandbox, in the form of an older version of the SDK. */
interface WorkflowSpan {
  readonly name: string;
  readonly parentSpanId?: string;
  spanContext(): { readonly traceId: string; readonly spanId: string };
}
const ofWorkflows: Seen[] = [];
const spanProcessor = {
  onStart: () => undefined,
  onEnd: (span: WorkflowSpan) => {
    const { traceId, spanId } = span.spanContext();
    ofWorkflows.push({ name: span.name, id: spanId, trace: traceId, parent: span.parentSpanId });
  },
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
};

test('the spans of models and tools are within those of the activities, up to the start by the client', async () => {
  const rig = await startRig({ worker: false });
  const official = new OpenTelemetryPlugin({ resource: { attributes: {} }, spanProcessor } as never);
  const connection = await NativeConnection.connect({ address: rig.address });
  const worker = await Worker.create({
    connection,
    namespace: rig.namespace,
    taskQueue: TASK_QUEUE,
    workflowsPath: resolve('workflows/index.ts'),
    plugins: [rig.plugin, official],
  });
  const running = worker.run();
  try {
    const { client: plain, book } = rig;
    const client = new Client({
      connection: plain.connection,
      namespace: rig.namespace,
      plugins: [rig.plugin, official],
    });
    const write = { calls: [{ id: 'a', name: 'write_file', args: { path: 'a.txt', content: 'x' } }] };
    const model = book.add(inOrder(write, { content: 'Done.' }));
    const chosen = { provider: 'litellm', model, endpoint: book.url, endpoint_origin: 'user', allow: ['write'] };
    const start = { args: [{ prompt: 'x', ...chosen }], workflowId: 'traced', taskQueue: TASK_QUEUE };
    await client.workflow.execute(WORKFLOW_TYPE, start);
    await until(() => ofWorkflows.some(({ name }) => name.startsWith('RunWorkflow')), { what: 'the workflow is told' });

    const ours = exporter.getFinishedSpans().map(
      (span): Seen => ({
        name: span.name,
        id: span.spanContext().spanId,
        trace: span.spanContext().traceId,
        parent: span.parentSpanContext?.spanId,
      }),
    );
    const all = new Map([...ofWorkflows, ...ours].map((span) => [span.id, span]));
    const chainOf = (span: Seen | undefined): string[] =>
      span ? [span.name, ...chainOf(all.get(span.parent ?? ''))] : [];
    const outer = ['RunWorkflow:backgroundTask', 'StartWorkflow:backgroundTask'];
    const iterate = ['RunActivity:rookery.iterate', 'StartActivity:rookery.iterate', ...outer];
    const runTool = ['RunActivity:rookery.runTool', 'StartActivity:rookery.runTool', ...outer];
    const chats = ours.filter(({ name }) => name === `chat ${model}`).map(chainOf);
    expect(chats).toEqual([1, 2].map(() => [`chat ${model}`, 'iteration', ...iterate]));
    const tools = ours.filter(({ name }) => name === 'execute_tool write_file').map(chainOf);
    expect(tools).toEqual([['execute_tool write_file', ...runTool]]);
    expect(new Set([...all.values()].map(({ trace }) => trace)).size).toBe(1);
  } finally {
    worker.shutdown();
    await running;
    await connection.close();
    await rig.stop();
  }
});
