/** What the programs share: a plugin with the demo model, a worker with it, and a client. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { BackgroundTasksPlugin } from 'rookery';

const address = process.env.TEMPORAL_ADDRESS;
const namespace = process.env.TEMPORAL_NAMESPACE;

/** With a work directory of its own. */
export function createPlugin(more = {}) {
  const workdir = join(mkdtempSync(join(tmpdir(), 'rookery-program-')), 'data');
  return BackgroundTasksPlugin.create({ workdir, defaultChoice: { provider: 'demo', model: 'demo' }, ...more });
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
