/** A tool of the user: it reads the stock of a shop, which only this program knows. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { BackgroundTasksPlugin, defineTool } from 'rookery';
import { z } from 'zod';

const address = process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
const namespace = process.env.TEMPORAL_NAMESPACE ?? 'default';
// Any endpoint that speaks OpenAI's protocol: LiteLLM, vLLM, llama.cpp, Ollama …
const { ENDPOINT: endpoint = 'http://127.0.0.1:4000', MODEL: model = 'gpt-5-mini' } = process.env;
const taskQueue = 'shop';
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const stock = new Map([
  ['apples', 12],
  ['pears', 0],
]);

const countStock = defineTool({
  name: 'count_stock',
  description: 'How many pieces of one kind of fruit the shop has.',
  input: z.strictObject({ fruit: z.string().describe('The plural, in small letters') }),
  effect: 'read',
  run: async ({ fruit }) => {
    const pieces = stock.get(fruit);
    if (pieces === undefined) return { outcome: 'failed', content: `The shop sells no ${fruit}.` };
    return { outcome: 'ok', content: `${pieces}` };
  },
});

const plugin = await BackgroundTasksPlugin.create({
  workdir: here('data'),
  defaultChoice: { provider: 'litellm', model, endpoint },
  tools: [countStock],
});

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  workflowsPath: fileURLToPath(import.meta.resolve('rookery/workflows')),
  plugins: [plugin],
});
const client = new Client({ connection: await Connection.connect({ address }), namespace, plugins: [plugin] });

await worker.runUntil(async () => {
  const { result } = await client.workflow.execute('backgroundTask', {
    taskQueue,
    workflowId: `shop-${Date.now()}`,
    args: [{ prompt: 'Which of apples and pears must the shop order?' }],
  });
  console.log(result);
});
await client.connection.close();
