/** A task that asks at its limits: it waits for a raise, continues from the same iteration, and keeps what it has spent. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InboxAnswer, RaisedLimits } from '../../src/domain/control.js';
import { QUERIES, SIGNALS, type TaskInput } from '../../src/domain/protocol.js';
import { type BareServer, startBareServer } from '../support/bare-server.js';
import { inOrder } from '../support/book.js';
import { runsOf } from '../support/history.js';
import { type Script, scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  writeFileSync(join(rig.workspace, 'page.txt'), 'A page.\n');
});
afterAll(() => rig.stop());

const READ: Script = { calls: [{ id: 'r', name: 'read_file', args: { path: 'page.txt' } }] };

function reader(iterations: number) {
  return scriptedAgent({
    iterations: iterations - 1,
    callFor: () => ({ name: 'read_file', args: { path: 'page.txt' } }),
    final: 'All read.',
  });
}

function asking(limits: TaskInput['limits'], on = rig, iterations = 5): Promise<Task> {
  return on.start(reader(iterations), { limits, on_limit: 'ask' });
}

async function waits(task: Task): Promise<void> {
  await until(async () => (await task.status()).phase === 'waiting_limit', { what: 'it waits at its limit' });
}

function raise(task: Task, limits: RaisedLimits, id = 'raise'): Promise<void> {
  return task.handle.signal(SIGNALS.raise, { id, limits });
}

const inbox = (task: Task): Promise<InboxAnswer> => task.handle.query<InboxAnswer>(QUERIES.inbox);

test('at its iterations it waits, says how it continues, and does so from the same iteration', async () => {
  const task = await asking({ max_iterations: 3 });
  await waits(task);
  const { reason, record } = await task.status();
  expect(record.iterations).toBe(3);
  expect(reason).toBe(
    `Iteration limit of 3 reached; \`rookery raise ${task.id} --max-iterations 6\` lets it continue, \`rookery cancel ${task.id}\` ends it`,
  );
  expect((await inbox(task)).limit).toMatchObject({ kind: 'iterations', sentence: 'Iteration limit of 3 reached' });
  expect(task.requests()).toHaveLength(3);

  await raise(task, { max_iterations: 10 });
  const result = await task.result();
  expect(result).toMatchObject({ status: 'Completed', iterations: 5 });
  expect(result.usage.total_tokens).toBe(5 * 15);
  expect(task.requests()).toHaveLength(5);
  expect(await inbox(task)).toMatchObject({ limit: null, limits: { max_iterations: 10 } });
});

test.each([
  ['tokens', { max_total_tokens: 40 }, { max_total_tokens: 1_000 }],
  ['time', { max_time_ms: 1 }, { max_time_ms: null }],
] as const)('at its %s it waits and continues alike', async (kind, limits, raised) => {
  const task = await asking(limits);
  await waits(task);
  expect((await inbox(task)).limit).toMatchObject({ kind });
  await raise(task, raised);
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 5 });
});

test('a raise that is forged, lower, or no limit at all changes nothing', async () => {
  const task = await asking({ max_iterations: 2 });
  await waits(task);
  const stranger = rig.plain.workflow.getHandle(task.id);
  await stranger.signal(SIGNALS.raise, { id: 'forged', limits: { max_iterations: 100 } });
  await stranger.signal(SIGNALS.raise, { id: 'wrong', limits: { max_iterations: 'many' } });
  await raise(task, { max_iterations: 1 }, 'lower');
  await raise(task, { max_total_tokens: 5_000_000 }, 'other');
  await until(async () => (await inbox(task)).limits.max_total_tokens === 5_000_000, { what: 'the last one counts' });
  expect((await inbox(task)).limits.max_iterations).toBe(2);
  expect(await task.status()).toMatchObject({ phase: 'waiting_limit' });
  expect(task.requests()).toHaveLength(2);
});

test('a pause shows while it waits, a raise meanwhile lets nothing run, and an unpause shows the wait again', async () => {
  const task = await asking({ max_iterations: 2 });
  const isPaused = async () => (await task.status()).phase === 'paused';
  await waits(task);
  await task.handle.signal(SIGNALS.pause, { reason: 'later' });
  await until(isPaused, { what: 'the pause shows' });
  await task.handle.signal(SIGNALS.unpause);
  await waits(task);
  await task.handle.signal(SIGNALS.pause, { reason: 'later' });
  await until(isPaused, { what: 'the pause shows again' });
  await raise(task, { max_iterations: 10 });
  await until(async () => (await inbox(task)).limits.max_iterations === 10, { what: 'the raise counts' });
  expect(await inbox(task)).toMatchObject({ limit: null, paused: { reason: 'later' } });
  expect(await isPaused()).toBe(true);
  expect(task.requests()).toHaveLength(2);
  await task.handle.signal(SIGNALS.unpause);
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 5 });
});

test('a task that is paused beyond its time shows the pause, and asks when it is unpaused', async () => {
  const task = await rig.start(inOrder({ ...READ, delayMs: 1_000 }, { content: 'Done.' }), {
    ...{ limits: { max_time_ms: 1_200 }, on_limit: 'ask' },
  });
  await until(() => task.requests().length === 1, { what: 'it works' });
  await task.handle.signal(SIGNALS.pause, {});
  await until(async () => (await inbox(task)).limit?.kind === 'time', { what: 'its time is over' });
  expect(await task.status()).toMatchObject({ phase: 'paused' });
  await task.handle.signal(SIGNALS.unpause);
  await waits(task);
  await raise(task, { max_time_ms: null });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
});

test('a cancel ends it while it waits', async () => {
  const task = await asking({ max_iterations: 2 });
  await waits(task);
  await task.handle.cancel();
  await task.failure();
  expect(task.file()).toMatchObject({ status: 'Cancelled', iterations: 2 });
});

test('a raise before the limit is reached counts, also for a task that fails at its limits', async () => {
  const task = await rig.start(inOrder({ ...READ, delayMs: 1_000 }, READ, { content: 'Done.' }), {
    limits: { max_iterations: 2 },
  });
  await until(() => task.requests().length === 1, { what: 'it works' });
  await raise(task, { max_iterations: 3 });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 3 });
});

test('without it a task fails at its limit, and a message that waits is told so', async () => {
  const task = await rig.start(inOrder({ ...READ, delayMs: 1_000 }), { limits: { max_iterations: 1 } });
  await until(() => task.requests().length === 1, { what: 'it works' });
  await task.handle.signal(SIGNALS.message, { id: 'm', text: 'Hello.' });
  expect((await task.failure()).message).toBe('Iteration limit of 1 reached');
  expect((await inbox(task)).messages).toMatchObject([{ id: 'm', state: 'refused' }]);
});

test('a message after the last answer that the limit allows leaves the answer, or waits for a raise', async () => {
  const start = async (more: Partial<TaskInput>): Promise<Task> => {
    const task = await rig.start(inOrder({ content: 'First.', delayMs: 1_000 }, { content: 'Second.' }), {
      limits: { max_iterations: 1 },
      ...more,
    });
    await until(() => task.requests().length === 1, { what: 'it works' });
    await task.handle.signal(SIGNALS.message, { id: 'm', text: 'And then?' });
    return task;
  };
  const fails = await start({});
  expect(await fails.result()).toMatchObject({ result: 'First.', iterations: 1 });
  expect((await inbox(fails)).messages).toMatchObject([{ id: 'm', state: 'refused' }]);

  const asks = await start({ on_limit: 'ask' });
  await waits(asks);
  await raise(asks, { max_iterations: 2 });
  expect(await asks.result()).toMatchObject({ result: 'Second.', iterations: 2 });
});

test('pause and raise go along into new runs', async () => {
  const server: BareServer = await startBareServer({ 'limit.historyCount.suggestContinueAsNew': 60 });
  const short = await startRig({ address: server.address });
  try {
    writeFileSync(join(short.workspace, 'page.txt'), 'A page.\n');
    const task = await asking({ max_iterations: 2 }, short, 40);
    await waits(task);
    await raise(task, { max_iterations: 30 }, 'first');
    await until(async () => (await task.status()).record.iterations === 30, { what: 'the raised limit' });
    await waits(task);
    expect((await runsOf(short.client, task.id)).length).toBeGreaterThan(1);
    // The wait itself moves: each of these is an event.
    const before = (await runsOf(short.client, task.id)).length;
    await task.handle.signal(SIGNALS.pause, { reason: 'later' });
    for (let n = 0; (await runsOf(short.client, task.id)).length === before; n++)
      await short.plain.workflow
        .getHandle(task.id)
        .signal(SIGNALS.raise, { id: `${n}`, limits: { max_iterations: 99 } });
    expect(await inbox(task)).toMatchObject({ limits: { max_iterations: 30 }, paused: { reason: 'later' } });
    await task.handle.signal(SIGNALS.unpause);
    await raise(task, { max_iterations: 40 }, 'second');
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 40 });
  } finally {
    await short.stop();
    await server.stop();
  }
});
