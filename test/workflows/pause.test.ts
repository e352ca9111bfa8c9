/** A paused task: where it halts, what lets it continue, what it survives. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InboxAnswer } from '../../src/domain/control.js';
import { MEMO_PHASE, QUERIES, SIGNALS } from '../../src/domain/protocol.js';
import { inOrder } from '../support/book.js';
import { scheduledBy } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import type { Script } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  writeFileSync(join(rig.workspace, 'page.txt'), 'A page.\n');
});
afterAll(() => rig.stop());

const READ: Script = { calls: [{ id: 'r', name: 'read_file', args: { path: 'page.txt' } }] };

async function slow(...answers: readonly [Script, ...Script[]]): Promise<Task> {
  const [first, ...rest] = answers;
  const task = await rig.start(inOrder({ ...first, delayMs: 1_000 }, ...rest), { allow: ['shell'] });
  await until(() => task.requests().length === 1, { what: 'the model is asked' });
  return task;
}

async function isPaused(task: Task): Promise<boolean> {
  return (await task.status()).phase === 'paused';
}

async function pausedOf(task: Task): Promise<InboxAnswer['paused']> {
  return (await task.handle.query<InboxAnswer>(QUERIES.inbox)).paused;
}

test('a pause from any client halts the task between two iterations, with its reason; an unpause lets it continue', async () => {
  const task = await slow(READ, { content: 'Done.' });
  await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.pause, { reason: 'lunch' });
  await until(() => isPaused(task), { what: 'it halts' });
  expect(await task.status()).toMatchObject({ reason: 'paused: lunch', record: { iterations: 1 } });
  expect(await pausedOf(task)).toMatchObject({ reason: 'lunch', since: expect.any(Number) });
  const { memo, typedSearchAttributes } = await task.handle.describe();
  expect(memo).toMatchObject({ [MEMO_PHASE]: { phase: 'paused', reason: 'paused: lunch' } });
  expect(JSON.stringify(typedSearchAttributes.getAll())).toContain('Paused');
  expect(task.requests()).toHaveLength(1);

  await task.handle.signal(SIGNALS.unpause);
  expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 2 });
  expect(await pausedOf(task)).toBeNull();
});

test('no call is started while the task is paused, and all are afterwards', async () => {
  const call = { id: 'c', ...ledgerCall('after the pause') };
  const task = await slow({ calls: [call] }, { content: 'Done.' });
  await task.handle.signal(SIGNALS.pause, {});
  await until(() => isPaused(task), { what: 'it halts' });
  const activities = (await scheduledBy(rig.client, task.id)).map(({ activity }) => activity);
  expect(activities).not.toContain('runTool');
  await task.handle.signal(SIGNALS.unpause);
  await task.result();
  expect(readLedger(rig.workspace)).toEqual(['after the pause']);
});

test('an unpause without a valid signature leaves it paused, and asks nothing of the model', async () => {
  const task = await slow(READ, { content: 'Done.' });
  await task.handle.signal(SIGNALS.pause);
  await until(() => isPaused(task), { what: 'it halts' });
  await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.unpause, { id: 'forged' });
  await until(
    async () => (await scheduledBy(rig.client, task.id)).some(({ activity }) => activity === 'verifyControl'),
    { what: 'it is looked at' },
  );
  // What comes after it shows that it was handled.
  await task.handle.signal(SIGNALS.message, { id: 'm', text: 'Hello.' });
  const states = async () => (await task.handle.query<InboxAnswer>(QUERIES.inbox)).messages.map(({ state }) => state);
  await until(async () => (await states())[0] === 'accepted', { what: 'the message is accepted' });
  expect(await isPaused(task)).toBe(true);
  expect(task.requests()).toHaveLength(1);
});

test('an unpause ends the pause before it, and not one that came later', async () => {
  const task = await slow(READ, { content: 'Done.' });
  await task.handle.signal(SIGNALS.pause, { reason: 'one' });
  await until(() => isPaused(task), { what: 'it halts' });
  const { signal } = task.handle;
  await Promise.all([
    signal.call(task.handle, SIGNALS.unpause),
    signal.call(task.handle, SIGNALS.pause, { reason: 'two' }),
  ]);
  await until(async () => (await pausedOf(task))?.reason === 'two' || (await pausedOf(task)) === null, {
    what: 'both are handled',
  });
  await task.handle.signal(SIGNALS.unpause);
  expect(await task.result()).toMatchObject({ result: 'Done.' });
});

test('a cancel ends a paused task', async () => {
  const task = await slow(READ, { content: 'Done.' });
  await task.handle.signal(SIGNALS.pause);
  await until(() => isPaused(task), { what: 'it halts' });
  await task.handle.cancel();
  await task.failure();
  expect(task.file()).toMatchObject({ status: 'Cancelled' });
});

test('a pause while the task waits for its provider holds back the next try', async () => {
  let shut = true;
  const task = await rig.start(() =>
    shut ? { status: 401, body: { error: { message: 'expired' } } } : { content: 'Done.' },
  );
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'it waits for a person' });
  await task.handle.signal(SIGNALS.pause, {});
  const asked = task.requests().length;
  shut = false;
  await task.handle.signal(SIGNALS.resume);
  await until(() => isPaused(task), { what: 'it halts' });
  expect(task.requests()).toHaveLength(asked);
  await task.handle.signal(SIGNALS.unpause);
  expect(await task.result()).toMatchObject({ result: 'Done.' });
});

async function shownOf(task: Task): Promise<unknown> {
  const { memo, typedSearchAttributes } = await task.handle.describe();
  const status = typedSearchAttributes.getAll().find(({ key }) => key.name === 'RookeryStatus')?.value;
  return { phase: (memo?.[MEMO_PHASE] as { phase?: unknown } | undefined)?.phase, status };
}

test('a pause while the task waits for a key shows, and the wait after it again; a resume meanwhile runs nothing', async () => {
  let shut = true;
  const task = await rig.start(() =>
    shut ? { status: 401, body: { error: { message: 'expired' } } } : { content: 'Done.' },
  );
  const waits = () => until(async () => (await task.status()).phase === 'waiting_person', { what: 'it waits' });
  await waits();
  const before = await task.status();
  await task.handle.signal(SIGNALS.pause, { reason: 'lunch' });
  await until(() => isPaused(task), { what: 'the pause shows' });
  expect(await task.status()).toMatchObject({ reason: 'paused: lunch' });
  expect(await shownOf(task)).toEqual({ phase: 'paused', status: 'Paused' });
  await task.handle.signal(SIGNALS.unpause);
  await waits();
  expect(await task.status()).toMatchObject({ reason: before.reason });
  expect(await shownOf(task)).toEqual({ phase: 'waiting_person', status: 'Waiting' });

  await task.handle.signal(SIGNALS.pause, {});
  await until(() => isPaused(task), { what: 'the pause shows again' });
  const asked = task.requests().length;
  shut = false;
  await task.handle.signal(SIGNALS.resume, {});
  await task.handle.signal(SIGNALS.message, { id: 'm', text: 'Hello.' });
  const isAccepted = async () => (await task.handle.query<InboxAnswer>(QUERIES.inbox)).messages.length === 1;
  await until(isAccepted, { what: 'what came after it is handled' });
  expect(await isPaused(task)).toBe(true);
  expect(task.requests()).toHaveLength(asked);
  await task.handle.signal(SIGNALS.unpause);
  expect(await task.result()).toMatchObject({ result: 'Done.' });
});

test('a pause shows while the task waits for the time that its provider named, also one that came during the request', async () => {
  const busy: Script = { status: 429, headers: { 'retry-after': '3000' } };
  const task = await rig.start(inOrder({ ...busy, delayMs: 500 }));
  await until(() => task.requests().length === 1, { what: 'the model is asked' });
  await task.handle.signal(SIGNALS.pause, {});
  await until(() => isPaused(task), { what: 'it shows' });
  await task.handle.signal(SIGNALS.unpause);
  await until(async () => (await task.status()).phase === 'retrying', { what: 'it waits for its provider' });
  await task.handle.signal(SIGNALS.pause, {});
  await until(() => isPaused(task), { what: 'it shows again' });
  expect(task.requests()).toHaveLength(1);
  await task.handle.cancel();
  await task.failure();
});

test('a task that waits for an approval shows that while it is paused, and the call runs after the unpause', async () => {
  const task = await rig.start(inOrder({ calls: [{ id: 'c', ...ledgerCall('approved') }] }, { content: 'Done.' }));
  await until(async () => (await task.status()).phase === 'waiting_approval', { what: 'it waits' });
  await task.handle.signal(SIGNALS.pause, {});
  await until(async () => (await pausedOf(task)) !== null, { what: 'it is paused' });
  expect(await shownOf(task)).toEqual({ phase: 'waiting_approval', status: 'Waiting' });
  const manager = await managerOf(rig);
  await manager.decide({ id: task.id }, { decision: 'approve' }).catch(() => undefined);
  await until(() => isPaused(task), { what: 'the pause shows when nothing is to be decided' });
  await task.handle.signal(SIGNALS.unpause);
  await task.result();
  expect(readLedger(rig.workspace)).toContain('approved');
});

test('a pause and a message outlive a worker that is killed: the next one halts, and delivers after the unpause', async () => {
  const own = await startRig({ worker: false });
  const { address, namespace, workspace, paths } = own;
  const spawn = (): Promise<WorkerProcess> => spawnWorker({ address, namespace, workspace, workdir: paths.workdir });
  let worker = await spawn();
  try {
    const task = await own.start(
      inOrder({ calls: [{ id: 'l', name: 'list_files', args: {} }], delayMs: 1_000 }, { content: 'Done.' }),
    );
    await until(() => task.requests().length === 1, { what: 'the model is asked' });
    await task.handle.signal(SIGNALS.pause, { reason: 'night' });
    await until(() => isPaused(task), { what: 'it halts' });
    await worker.kill();
    await task.handle.signal(SIGNALS.message, { id: 'm', text: 'Good morning.' });
    worker = await spawn();
    expect(await task.status()).toMatchObject({ phase: 'paused', reason: 'paused: night' });
    expect(task.requests()).toHaveLength(1);
    await task.handle.signal(SIGNALS.unpause);
    expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 2 });
    expect(task.requests().at(-1)?.messages.at(-1)).toMatchObject({ role: 'user', content: 'Good morning.' });
  } finally {
    await worker.kill();
    await own.stop();
  }
});
