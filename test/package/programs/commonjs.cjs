/** A CommonJS program: it requires the package, and its worker bundles a CommonJS file of workflows. */
const assert = require('node:assert/strict');
const { mkdtempSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { Client, Connection } = require('@temporalio/client');
const { NativeConnection, Worker } = require('@temporalio/worker');
const { BackgroundTasksPlugin, RookeryError } = require('rookery');

async function main() {
  assert.equal(typeof RookeryError, 'function');
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = process.env;
  const plugin = await BackgroundTasksPlugin.create({
    workdir: join(mkdtempSync(resolve('work-')), 'data'),
    defaultChoice: { provider: 'demo', model: 'demo' },
  });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    namespace,
    taskQueue: 'commonjs',
    workflowsPath: require.resolve('./workflows.cjs'),
    plugins: [plugin],
  });
  const client = new Client({ connection: await Connection.connect({ address }), namespace, plugins: [plugin] });
  const start = { taskQueue: 'commonjs', workflowId: 'commonjs', args: [{ prompt: 'Say what you see.' }] };
  const { status } = await worker.runUntil(client.workflow.execute('backgroundTask', start));
  assert.equal(status, 'Completed');
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
