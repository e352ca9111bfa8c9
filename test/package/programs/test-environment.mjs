/** The plugin is given to a TestWorkflowEnvironment alone; its worker and its client get it from there. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createPlugin, runTask } from './start.mjs';

const plugins = [await createPlugin()];
const executable = { type: 'existing-path', path: process.env.TEMPORAL_CLI };
const environment = await TestWorkflowEnvironment.createLocal({ plugins, server: { executable } });
try {
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: 'test',
    workflowsPath: fileURLToPath(import.meta.resolve('rookery/workflows')),
  });
  const { status } = await worker.runUntil(runTask(environment.client, 'test', 'in-test'));
  assert.equal(status, 'Completed');
} finally {
  await environment.teardown();
}
process.exit(0);
