/** What the programs share: a plugin with the demo model, a worker with it, and a client. The connections stay open: programs end by `exit`. */
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { BackgroundTasksPlugin } from 'rookery';

const address = process.env.TEMPORAL_ADDRESS;
const namespace = process.env.TEMPORAL_NAMESPACE;

export function newWorkDirectory() {
  return join(mkdtempSync(resolve('work-')), 'data');
}

export function createPlugin(more = {}) {
  const model = { provider: 'demo', model: 'demo' };
  return BackgroundTasksPlugin.create({ workdir: newWorkDirectory(), defaultChoice: model, ...more });
}

export async function createWorker(plugin, taskQueue, more = {}) {
  return Worker.create({
    connection: await NativeConnection.connect({ address }),
    namespace,
    taskQueue,
    workflowsPath: fileURLToPath(import.meta.resolve('rookery/workflows')),
    plugins: [plugin],
    ...more,
  });
}

export async function createClient(plugin, more = {}) {
  return new Client({ connection: await Connection.connect({ address }), namespace, plugins: [plugin], ...more });
}

/** @returns the result of a task. */
export function runTask(client, taskQueue, workflowId) {
  return client.workflow.execute('backgroundTask', { taskQueue, workflowId, args: [{ prompt: 'Say what you see.' }] });
}
