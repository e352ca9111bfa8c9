/** A packaged workflow with options of its user: they are in the history, beside the defaults of what was not set. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { type Rig, startRig } from '../support/rig.js';
import { bundleOf } from '../support/user-bundle.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ worker: false });
  await rig.startWorker({ bundle: await bundleOf('own-options.ts', rig.workspace) });
});
afterAll(() => rig.stop());

test('timeouts, attempts and priorities are those that were set', async () => {
  const calls = [{ id: 'a', ...ledgerCall('with-options') }];
  const task = await rig.start(inOrder({ calls }, { content: 'Done.' }), { allow: ['shell'] });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(readLedger(rig.workspace)).toEqual(['with-options']);
  const scheduled = (await eventsOf(rig.client, task.id)).flatMap(({ activityTaskScheduledEventAttributes: event }) =>
    event
      ? {
          type: event.activityType?.name,
          seconds: Number(event.startToCloseTimeout?.seconds),
          attempts: event.retryPolicy?.maximumAttempts,
          priority: event.priority?.priorityKey,
        }
      : [],
  );
  expect(scheduled).toEqual([
    { type: 'rookery.iterate', seconds: 1200, attempts: 2, priority: 4 },
    { type: 'rookery.runTool', seconds: 7200, attempts: 1, priority: 4 },
    { type: 'rookery.iterate', seconds: 1200, attempts: 2, priority: 4 },
    { type: 'rookery.mirror', seconds: 30, attempts: 0, priority: 4 },
  ]);
});

test('a module that makes the workflow with options is not taken for one with another backgroundTask', () => {
  const workflowsPath = join(rig.workspace, 'workflows.ts');
  writeFileSync(
    workflowsPath,
    "export * from 'rookery/workflows';\nexport const backgroundTask = createBackgroundTask({});",
  );
  expect(rig.plugin).toBeInstanceOf(BackgroundTasksPlugin);
  expect(rig.plugin.configureWorker({ taskQueue: 'my-app', workflowsPath })).toMatchObject({ workflowsPath });
});
