/**
 * A cancel ends what runs, wholly; only then is the task cancelled. Nothing here would end by itself within the time limit
 * of a test. How long a cancel takes is measured by `npm run bench`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CALL_MARKER } from '../../src/processes/kill-tree.js';
import { inOrder } from '../support/book.js';
import { readLedger } from '../support/ledger.js';
import { processesOf } from '../support/processes.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

async function cancel(task: Task): Promise<void> {
  await task.handle.cancel();
  expect((await task.failure()).name).toBe('CancelledFailure');
  expect((await task.handle.describe()).status.name).toBe('CANCELLED');
  expect(task.file()).toMatchObject({ status: 'Cancelled', result: null, error: null, checkpoint: null });
  expect(task.checkpoint()).toBeUndefined();
}

test('during a model call: the connection is dropped, the file says Cancelled', async () => {
  const task = await rig.start(inOrder({ hang: true }));
  await until(() => task.requests().length === 1, { what: 'the model is asked' });
  await cancel(task);
  expect(task.requests()).toHaveLength(1);
});

test('while it waits for a person', async () => {
  const task = await rig.start(inOrder({ status: 401 }));
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
  await cancel(task);
});

test('while the provider is asked to retry only much later', async () => {
  const task = await rig.start(inOrder({ status: 429, headers: { 'retry-after': '600' } }));
  await until(() => task.requests().length === 1, { what: 'the model is asked' });
  await cancel(task);
});

test('during a command that traps TERM and has a grandchild in a session of its own: nothing of it survives', async () => {
  const command = [
    "trap '' TERM",
    'setsid sh -c "trap \'\' TERM; echo grandchild >> ledger.txt; sleep 300; echo survived >> ledger.txt" &',
    `echo "started \${${CALL_MARKER}}" >> ledger.txt`,
    'sleep 300 & wait; sleep 300',
    'echo survived >> ledger.txt',
  ].join('\n');
  const calls = [{ id: 'a', name: 'shell', args: { command } }];
  const task = await rig.start(inOrder({ calls }), { allow: ['shell'] });
  await until(() => readLedger(rig.workspace).length === 2, { what: 'both have started' });
  expect(processesOf(task).length).toBeGreaterThan(1);
  expect(readLedger(rig.workspace).join()).toMatch(/started [0-9a-f-]{36}/);

  await cancel(task);
  expect(processesOf(task)).toEqual([]);
  expect(readLedger(rig.workspace)).not.toContain('survived');
  expect(task.requests()).toHaveLength(1);
});

test('a start that is cancelled before any worker looked at it leaves a file that says Cancelled', async () => {
  const idle = await startRig({ worker: false });
  const task = await idle.start(inOrder({ content: 'never asked' }));
  await task.handle.cancel();
  await idle.startWorker();
  expect((await task.failure()).name).toBe('CancelledFailure');
  expect(task.requests()).toEqual([]);
  expect(task.file().status).toBe('Cancelled');
  await idle.stop();
});
