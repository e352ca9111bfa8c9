/** A workflow of the user that gives a step to an agent, as a child workflow, and continues with its answer. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { BackgroundTasksPlugin } from 'rookery';

const address = process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
const namespace = process.env.TEMPORAL_NAMESPACE ?? 'default';
const taskQueue = 'reports';
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const plugin = await BackgroundTasksPlugin.create({
  workdir: here('data'),
  workspace: here('.'),
  defaultChoice: { provider: 'demo', model: 'demo' },
  // A workflow has no key: the worker signs the tasks that workflows of this type start.
  trustedParents: ['report'],
});

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  workflowsPath: here('workflows.js'),
  plugins: [plugin],
});
// The client starts a workflow of the user only; it needs no plugin.
const client = new Client({ connection: await Connection.connect({ address }), namespace });

await worker.runUntil(async () => {
  const workflowId = `report-${Date.now()}`;
  console.log(await client.workflow.execute('report', { taskQueue, workflowId, args: ['this folder'] }));
});
await client.connection.close();
