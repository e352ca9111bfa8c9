/** A worker with a workflow and an activity of its own, to which the plugin adds tasks: all on one task queue. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { BackgroundTasksPlugin, statusQuery } from 'rookery';

const address = process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
const namespace = process.env.TEMPORAL_NAMESPACE ?? 'default';
const taskQueue = 'my-app';
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const plugin = await BackgroundTasksPlugin.create({
  workdir: here('data'),
  workspace: here('.'),
  // No AI and no key. For real work: models: { keys: { openai: process.env.OPENAI_API_KEY }, endpoints: {} }
  defaultChoice: { provider: 'demo', model: 'demo' },
});

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  workflowsPath: here('workflows.js'),
  activities: { greeting: async (name) => `Hello, ${name}` },
  plugins: [plugin],
});
const client = new Client({ connection: await Connection.connect({ address }), namespace, plugins: [plugin] });

await worker.runUntil(async () => {
  const id = Date.now();
  console.log(await client.workflow.execute('greet', { taskQueue, workflowId: `greet-${id}`, args: ['Ada'] }));
  const task = await client.workflow.start('backgroundTask', {
    taskQueue,
    workflowId: `task-${id}`,
    args: [{ prompt: 'What is in this folder?' }],
  });
  console.log((await task.result()).result);
  const { record } = await task.query(statusQuery);
  console.log(`${task.workflowId}: ${record.state.kind}`);
});
await client.connection.close();
