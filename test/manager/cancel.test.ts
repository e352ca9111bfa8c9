/** A cancel is over when the workflow is closed: the next command does not find it open. */
import { expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { managerOf } from '../support/manager.js';
import { startRig } from '../support/rig.js';
import { until } from '../support/until.js';

test('it resolves when the workflow is closed, also while a notifier holds its end', async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const notify = { events: ['cancelled'] as const };
  const rig = await startRig({ plugin: { notify, notifier: { notify: () => released } } });
  try {
    const manager = await managerOf(rig);
    const task = await rig.start(inOrder({ hang: true }));
    await until(() => task.requests().length === 1, { what: 'the model is asked' });
    expect(await manager.cancel(task.id)).toMatchObject({ ok: true, status: 'Cancelled' });
    expect((await task.handle.describe()).status.name).toBe('CANCELLED');
    await expect(manager.pause(task.id)).rejects.toMatchObject({ code: 'wrong_status' });
    await expect(manager.resume(task.id)).rejects.toMatchObject({ code: 'wrong_status' });
  } finally {
    release();
    await rig.stop();
  }
});
