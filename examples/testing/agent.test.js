/** Tests of an agent's tool with a scripted model, files in memory, and no network but a Temporal server on this host. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { createTestEnvironment } from 'rookery/testing';
import { countStock } from './count-stock.js';

/** Asks the tool about pears once, and answers with what it returned. */
function script(messages, replies) {
  if (replies === 0) return { calls: [{ name: 'count_stock', args: { fruit: 'pears' } }] };
  return { content: `Pears in stock: ${messages.at(-1).content}` };
}

let temporal;
let agents;
before(async () => {
  // Default: the SDK downloads a server.
  const { TEMPORAL_CLI: path } = process.env;
  temporal = await TestWorkflowEnvironment.createLocal(
    path ? { server: { executable: { type: 'existing-path', path } } } : {},
  );
  agents = await createTestEnvironment({ env: temporal, script, plugin: { tools: [countStock] } });
});
after(async () => {
  await agents?.close();
  await temporal?.teardown();
});

test('the agent counts the stock with the tool', async () => {
  const { result, calls, file } = await agents.run('How many pears are there?');
  assert.equal(result.status, 'Completed');
  assert.deepEqual(
    calls.map(({ name, content }) => ({ name, content })),
    [{ name: 'count_stock', content: '0' }],
  );
  assert.equal(file.status, 'Completed');
});
