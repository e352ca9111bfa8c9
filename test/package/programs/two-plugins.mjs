/** Two plugins with two work directories serve two task queues in one process; each knows its own tasks only. */
import assert from 'node:assert/strict';
import { BackgroundTaskManager } from 'rookery';
import { createClient, createPlugin, createWorker, newWorkDirectory, runTask } from './start.mjs';

const queues = ['team-one', 'team-two'];
const teams = await Promise.all(
  queues.map(async (queue) => {
    const workdir = newWorkDirectory();
    const plugin = await createPlugin({ workdir });
    return { queue, workdir, worker: await createWorker(plugin, queue), client: await createClient(plugin) };
  }),
);
await teams[0].worker.runUntil(() =>
  teams[1].worker.runUntil(async () => {
    for (const { queue, client } of teams) {
      assert.equal((await runTask(client, queue, `task-of-${queue}`)).status, 'Completed');
    }
  }),
);
for (const { queue, workdir } of teams) {
  const manager = await BackgroundTaskManager.open({ workdir });
  const tasks = await manager.listTasks();
  assert.deepEqual(
    tasks.map(({ id }) => id),
    [`task-of-${queue}`],
  );
}
process.exit(0);
