/** Two plugins with two work directories serve two task queues in one process. */
import assert from 'node:assert/strict';
import { BackgroundTaskManager } from 'rookery';
import { createClient, createPlugin, createWorker, runTask } from './start.mjs';

const queues = ['team-one', 'team-two'];
const teams = await Promise.all(
  queues.map(async (queue) => {
    const plugin = await createPlugin();
    return { queue, plugin, worker: await createWorker(plugin, queue), client: await createClient(plugin) };
  }),
);
const work = async () => {
  for (const { queue, client } of teams) {
    const { status } = await runTask(client, queue, `task-of-${queue}`);
    assert.equal(status, 'Completed');
  }
};
await teams[0].worker.runUntil(() => teams[1].worker.runUntil(work));
assert.equal(typeof BackgroundTaskManager.open, 'function');
process.exit(0);
