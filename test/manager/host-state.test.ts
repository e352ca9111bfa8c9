/** Whether a queue has a worker: the server remembers pollers for minutes after they have gone. */
import { afterEach, expect, test, vi } from 'vitest';
import { isPolled } from '../../src/manager/host-state.js';
import { connectTemporal } from '../../src/server/connect.js';
import { startRig } from '../support/rig.js';
import { until } from '../support/until.js';

afterEach(() => vi.useRealTimers());

test('a stopped worker that the server still remembers polls no more, once a poll would have ended', async () => {
  const rig = await startRig();
  const client = await connectTemporal({ address: rig.address, namespace: rig.namespace });
  try {
    await until(() => isPolled(client, 'rookery'), { what: 'the worker polls' });
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: rig.namespace,
      taskQueue: { name: 'rookery' },
      taskQueueType: 2,
    });
    expect(pollers).not.toHaveLength(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
    expect(await isPolled(client, 'rookery')).toBe(false);
  } finally {
    vi.useRealTimers();
    await client.connection.close();
    await rig.stop();
  }
});
