/** A task that asks at its limit waits there, and continues from the same iteration when a person raises it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RaisedLimits } from '../../src/domain/control.js';
import { SIGNALS, type TaskInput } from '../../src/domain/protocol.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { expectStatus } from '../cli/schemas.js';
import { inOrder } from '../support/book.js';
import { gateIn } from '../support/gate.js';
import { scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker } from '../support/worker-process.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

const agent = (iterations: number) =>
  scriptedAgent({ iterations, callFor: () => ({ name: 'list_files', args: {} }), final: 'Done.' });

async function waits(task: Task, of = manager): Promise<void> {
  await until(async () => (await of.status(task.id)).detail.phase === 'waiting_limit', { what: 'it waits at a limit' });
}

/** A task of four replies that may give two. */
async function limited(input: Partial<TaskInput> = {}): Promise<Task> {
  const task = await rig.start(agent(3), { limits: { max_iterations: 2 }, on_limit: 'ask', ...input });
  await waits(task);
  return task;
}

test('it waits, says at which limit and how to raise it, and continues from the same iteration', async () => {
  const task = await limited();
  const status = await manager.status(task.id);
  expectStatus(status);
  expect(status).toMatchObject({ status: 'Running', iterations: 2, detail: { phase: 'waiting_limit' } });
  expect(status.detail.reason).toMatch(/^Iteration limit of 2 reached/);
  expect(await manager.inbox(task.id)).toMatchObject({
    limit: { kind: 'iterations', sentence: expect.stringContaining('Iteration limit of 2 reached') },
    limits: { max_iterations: 2 },
  });
  expect(await manager.wait(task.id)).toMatchObject({ ok: false, code: 'waiting_limit' });
  expect(await manager.resume(task.id)).toMatchObject({
    ok: false,
    code: 'waiting_limit',
    message: `it waits at a limit: rookery raise ${task.id} --max-…`,
  });
  expect(await manager.raise(task.id, { max_iterations: 10 })).toEqual({
    id: task.id,
    ok: true,
    status: 'Running',
    message: 'raised',
  });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Done.', iterations: 4 });
  expect(task.requests()).toHaveLength(4);
});

test('a limit is not lowered, and not set where there is none', async () => {
  const task = await limited();
  await expect(manager.raise(task.id, { max_iterations: 2 })).rejects.toMatchObject({
    code: 'usage',
    message: `max_iterations of task '${task.id}' is at 2 already; 2 would not raise it`,
  });
  await expect(manager.raise(task.id, { max_cost_usd: 5 })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('has no such limit'),
  });
  await manager.cancel(task.id);
});

test.each([{}, { max_iterations: 0 }, { max_iterations: 1.5 }, { max_output_tokens: 9 }, { max_cost_usd: -1 }])(
  'the limits %j are refused',
  async (limits) => {
    await expect(manager.raise(randomUUID(), limits as RaisedLimits)).rejects.toMatchObject({ code: 'usage' });
  },
);

test('another limit that is raised leaves it waiting, and says so', async () => {
  const task = await limited();
  const { message } = await manager.raise(task.id, { max_total_tokens: 5_000_000 });
  expect(message).toMatch(/^raised; it still waits: Iteration limit of 2 reached/);
  expect(await manager.cancel(task.id)).toMatchObject({ status: 'Cancelled' });
});

test('a client without the key cannot raise a limit', async () => {
  const task = await limited();
  const plain = rig.plain.workflow.getHandle(task.id);
  const limits = { max_iterations: 100 };
  await plain.signal(SIGNALS.raise, { id: randomUUID(), limits });
  await plain.signal(SIGNALS.raise, { id: randomUUID(), limits, signature: { scope: task.id, mac: 'c'.repeat(64) } });
  await until(async () => (await manager.inbox(task.id)).limit !== null, { what: 'it waits as before' });
  await waits(task);
  expect(task.requests()).toHaveLength(2);
  expect((await manager.inbox(task.id)).limits.max_iterations).toBe(2);
  await manager.raise(task.id, { max_iterations: 5 });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
});

test('a task that runs is stopped later', async () => {
  const gate = gateIn(rig, randomUUID());
  const list = { calls: [{ id: 'a', name: 'list_files', args: {} }] };
  const limits = { max_iterations: 2 };
  const task = await rig.start(inOrder(gate.reply, list, { content: 'Done.' }), { allow: ['shell'], limits });
  await gate.reached();
  const { ok } = await manager.raise(task.id, { max_iterations: 3 });
  expect(ok).toBe(true);
  gate.open();
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 3 });
});

describe('a killed worker', () => {
  test('a raise that was sent without one counts when the next one runs', async () => {
    const other = await startRig({ worker: false });
    const alone = await managerOf(other);
    try {
      const { address, namespace, workspace, paths } = other;
      const place = { address, namespace, workspace, workdir: paths.workdir };
      const first = await spawnWorker(place);
      const task = await other.start(agent(3), { limits: { max_iterations: 2 }, on_limit: 'ask' });
      await waits(task, alone);
      await first.kill();
      const { message } = await alone.raise(task.id, { max_iterations: 10 });
      expect(message).toBe('accepted; no worker runs, it counts when one does');
      const second = await spawnWorker(place);
      expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 4 });
      expect(task.requests()).toHaveLength(4);
      await second.kill();
    } finally {
      await other.stop();
    }
  });
});
