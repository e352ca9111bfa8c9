/** A paused task takes no step, whatever dies, until a person with the key lets it continue. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nowText } from '../../src/cli/now-text.js';
import { SIGNALS } from '../../src/domain/protocol.js';
import type { FollowEvent } from '../../src/manager/follow.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { Now } from '../../src/manager/now.js';
import { expectStatus } from '../cli/schemas.js';
import { startBareServer } from '../support/bare-server.js';
import { inOrder } from '../support/book.js';
import { conversationOf, gateIn } from '../support/gate.js';
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

const allow = ['shell'];
const done = { content: 'Done.' };

async function paused(task: Task, of = manager): Promise<void> {
  await until(async () => (await of.status(task.id)).detail.phase === 'paused', { what: 'it is paused' });
}

/** A task that was paused while its first call ran. */
async function halted(reason?: string): Promise<Task> {
  const gate = gateIn(rig, randomUUID());
  const task = await rig.start(inOrder(gate.reply, done), { allow });
  await gate.reached();
  expect(await manager.pause(task.id, { reason })).toEqual({
    id: task.id,
    ok: true,
    status: 'Running',
    message: 'accepted; it stops before its next step',
  });
  gate.open();
  await paused(task);
  return task;
}

test('a task stops before its next step, says why, and continues where it was', async () => {
  const task = await halted('waiting for the review');
  const status = await manager.status(task.id);
  expectStatus(status);
  expect(status).toMatchObject({ status: 'Running', detail: { phase: 'paused' } });
  expect(status.detail.reason).toContain('waiting for the review');
  expect(task.requests()).toHaveLength(1);
  expect(await manager.pause(task.id)).toMatchObject({ ok: true, message: 'it is paused already' });
  expect(await manager.wait(task.id)).toMatchObject({ ok: false, status: 'Running', code: 'paused' });
  expect(await manager.resume(task.id)).toMatchObject({
    ok: false,
    code: 'paused',
    message: `it is paused: rookery unpause ${task.id}`,
  });
  expect(await manager.unpause(task.id)).toEqual({ id: task.id, ok: true, status: 'Running', message: 'unpaused' });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
  expect(await manager.unpause(task.id).catch((error: Error) => error)).toMatchObject({ code: 'wrong_status' });
});

test('to unpause a task that runs changes nothing', async () => {
  const gate = gateIn(rig, randomUUID());
  const task = await rig.start(inOrder(gate.reply, done), { allow });
  await gate.reached();
  expect(await manager.unpause(task.id)).toMatchObject({ ok: true, message: 'it is not paused' });
  gate.open();
  expect(await task.result()).toMatchObject({ status: 'Completed' });
});

test('a message to a paused task is accepted, says that it is paused, and is delivered afterwards', async () => {
  const task = await halted();
  const { message, ...receipt } = await manager.send(task.id, 'When you are back: hurry.');
  expect(receipt).toMatchObject({ state: 'accepted', reason: 'the task is paused' });
  expect(task.requests()).toHaveLength(1);
  await manager.unpause(task.id);
  await task.result();
  expect((await manager.inbox(task.id)).messages).toMatchObject([{ id: message, state: 'delivered', iteration: 2 }]);
});

test('a client without the key may pause a task, and cannot let it continue', async () => {
  const gate = gateIn(rig, randomUUID());
  const task = await rig.start(inOrder(gate.reply, done), { allow });
  await gate.reached();
  const plain = rig.plain.workflow.getHandle(task.id);
  await plain.signal(SIGNALS.pause, { id: randomUUID(), reason: 'by a plain client' });
  gate.open();
  await paused(task);
  await plain.signal(SIGNALS.unpause, { id: randomUUID() });
  const forged = { scope: task.id, mac: 'b'.repeat(64) };
  await plain.signal(SIGNALS.unpause, { id: randomUUID(), signature: forged });
  await paused(task);
  await until(async () => (await manager.inbox(task.id)).paused !== null, { what: 'it is paused as before' });
  expect(task.requests()).toHaveLength(1);
  await manager.unpause(task.id);
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
});

test('a paused task can be cancelled', async () => {
  const task = await halted();
  expect(await manager.cancel(task.id)).toMatchObject({ ok: true, status: 'Cancelled' });
});

test('a reason of any length is refused where it would be cut', async () => {
  await expect(manager.pause(randomUUID(), { reason: 'x'.repeat(2_001) })).rejects.toMatchObject({ code: 'usage' });
});

describe('all tasks', () => {
  test('are paused and unpaused together, and tasks that have ended are left out', async () => {
    const other = await startRig();
    const all = await managerOf(other);
    try {
      const ended = await other.start(inOrder(done));
      await ended.result();
      const gates = [gateIn(other, 'one'), gateIn(other, 'two')];
      const tasks = await Promise.all(gates.map((gate) => other.start(inOrder(gate.reply, done), { allow })));
      await Promise.all(gates.map((gate) => gate.reached()));
      const ids = tasks.map(({ id }) => id).sort();
      const outcomes = await all.pauseAll({ reason: 'lunch' });
      expect(outcomes.map(({ id }) => id).sort()).toEqual(ids);
      for (const gate of gates) gate.open();
      for (const task of tasks) await paused(task, all);
      expect((await all.unpauseAll()).map(({ id }) => id).sort()).toEqual(ids);
      for (const task of tasks) expect(await task.result()).toMatchObject({ status: 'Completed' });
      expect(await all.unpauseAll()).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});

describe('a killed worker', () => {
  test('finds the task paused, and leaves it so; without one an unpause is accepted', async () => {
    const other = await startRig({ worker: false });
    const alone = await managerOf(other);
    try {
      const { address, namespace, workspace, paths } = other;
      const place = { address, namespace, workspace, workdir: paths.workdir };
      const first = await spawnWorker(place);
      const gate = gateIn(other, 'kill');
      const task = await other.start(inOrder(gate.reply, done), { allow });
      await gate.reached();
      await alone.pause(task.id, { reason: 'for the night' });
      await first.kill();
      gate.open();
      const second = await spawnWorker(place);
      await paused(task, alone);
      expect(task.requests()).toHaveLength(1);
      await second.kill();
      const { message } = await alone.unpause(task.id);
      expect(message).toBe('accepted; no worker runs, it continues when one does');
      const third = await spawnWorker(place);
      expect(await task.result()).toMatchObject({ status: 'Completed' });
      await third.kill();
    } finally {
      await other.stop();
    }
  });
});

describe("Temporal's own pause", () => {
  test('shows as paused everywhere, and says how it is lifted', async () => {
    const server = await startBareServer({ 'frontend.WorkflowPauseEnabled': true });
    const held = await startRig({ address: server.address });
    try {
      const of = await managerOf(held);
      const gate = gateIn(held, 'held');
      const task = await held.start(inOrder(gate.reply, done), { allow });
      await gate.reached();
      const { namespace } = held;
      const how = { namespace, workflowId: task.id, identity: 'a test', reason: 'a test', requestId: randomUUID() };
      await held.connection.workflowService.pauseWorkflowExecution(how);
      const lift = `temporal workflow unpause --workflow-id ${task.id}`;
      const status = await of.status(task.id);
      expectStatus(status);
      expect(status).toMatchObject({
        status: 'Running',
        detail: { phase: 'paused', reason: expect.stringContaining(lift) },
      });
      expect(await of.wait(task.id)).toMatchObject({ ok: false, code: 'paused' });
      const events: FollowEvent[] = [];
      let now: Now | undefined;
      const followed = await of.follow(task.id, {
        onEvent: (event) => events.push(event),
        onNow: (told) => {
          now = told;
        },
        leaveWaiting: () => now?.kind === 'held',
      });
      expect(followed).toMatchObject({ kind: 'waiting', status: { detail: { phase: 'paused' } } });
      const waiting = { type: 'waiting', phase: 'paused', reason: expect.stringContaining(lift) };
      expect(events.at(-1)).toMatchObject(waiting);
      expect(nowText({ now, writing: false, at: Date.now() })).toMatch(/^paused by Temporal, \d+ s: /);
      expect(now).toMatchObject({ lift });
      const [listed] = (await of.list()).tasks;
      expect(listed).toMatchObject({ detail: { phase: 'paused', reason: expect.stringContaining(lift) } });
      expect(await of.resume(task.id)).toMatchObject({ ok: false, message: expect.stringContaining(lift) });
      expect(await of.pause(task.id)).toMatchObject({ ok: true, message: expect.stringContaining(lift) });
      await expect(of.unpause(task.id)).rejects.toMatchObject({
        code: 'wrong_status',
        message: expect.stringContaining(lift),
      });
      expect(await of.send(task.id, 'Later.')).toMatchObject({
        state: 'accepted',
        reason: expect.stringContaining(lift),
      });
      gate.open();
      await held.connection.workflowService.unpauseWorkflowExecution({ ...how, requestId: randomUUID() });
      expect(await task.result()).toMatchObject({ status: 'Completed' });
      expect(conversationOf(task, -1)).toContain('user: Later.');
    } finally {
      await held.stop();
      await server.stop();
    }
  });
});
