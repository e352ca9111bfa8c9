/** What lists in the Web UI show of a task: its search attributes, the summaries of its timers, its failures. */
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEncryptionCodec } from '../../src/codec/index.js';
import type { SearchAttribute } from '../../src/domain/search.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { managerOf } from '../support/manager.js';
import { makeNamespace } from '../support/namespaces.js';
import { type Rig, type RigOptions, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

const prices = Object.fromEntries([1, 2, 3, 4].map((n) => [`litellm:scripted-${n}`, { input: 2, output: 10 }]));
const priced = { models: { keys: { openrouter: 'sk-or-scripted' }, endpoints: {}, prices } };
const usage = { input: 1_000, output: 500 };
const shell = { calls: [{ id: 'a', name: 'shell', args: { command: 'npm test' } }], usage };
const about = { name: 'nightly', group: 'reports' };

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig({ plugin: priced });
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

const attributesOf = async (task: Task): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await task.handle.describe()).typedSearchAttributes
      .getAll()
      .filter(({ key }) => key.name.startsWith('Rookery'))
      .map(({ key, value }) => [key.name, value]),
  );

/** As soon as visibility has it. */
async function found(query: string, { id }: Task, on = rig): Promise<void> {
  const ids = async (): Promise<string[]> => {
    const all: string[] = [];
    for await (const { workflowId } of on.client.workflow.list({ query })) all.push(workflowId);
    return all;
  };
  await until(async () => (await ids()).includes(id), { what: `a search for ${query} finds the task` });
}

async function timerSummaries(task: Task): Promise<unknown[]> {
  const started = (await eventsOf(rig.client, task.id)).filter((event) => event.timerStartedEventAttributes);
  return started.map(
    ({ userMetadata }) => userMetadata?.summary && defaultPayloadConverter.fromPayload(userMetadata.summary),
  );
}

/** In a namespace of its own, with a worker that finds other things there. */
async function elsewhere(options: RigOptions, work: (other: Rig) => Promise<void>): Promise<void> {
  const other = await startRig({ plugin: priced, ...options });
  try {
    await work(other);
  } finally {
    await other.stop();
  }
}

const upserts = async (on: Rig, task: Task): Promise<number> =>
  (await eventsOf(on.client, task.id)).filter((event) => event.upsertWorkflowSearchAttributesEventAttributes).length;

async function runThroughApproval(on: Rig): Promise<Task> {
  const task = await on.start(inOrder(shell, { content: 'Done.', usage }), about);
  await until(async () => (await task.status()).phase === 'waiting_approval', { what: 'the call waits' });
  return task;
}

test('a search finds a task by name, group, what it waits for and what it has cost', async () => {
  const task = await runThroughApproval(rig);
  await found(`RookeryName = 'nightly' AND RookeryGroup = 'reports' AND RookeryNeedsYou = 'approval'`, task);
  await found(`RookeryStatus = 'Waiting' AND RookeryCost > 0.006 AND RookeryCost < 0.008`, task);
  expect(await timerSummaries(task)).toEqual(['approval: shell · npm test']);
  await manager.decide({ id: task.id }, { decision: 'deny' });
  await task.result();
  await found(`RookeryStatus = 'Completed' AND RookeryNeedsYou IS NULL AND RookeryCost > 0.013`, task);
  expect(await attributesOf(task)).toMatchObject({ RookeryName: 'nightly', RookeryStatus: 'Completed' });
});

test('a task without a name, a group and a known price says nothing of them', async () => {
  const task = await rig.start(inOrder({ content: 'Done.' }));
  await task.result();
  const said = Object.keys(await attributesOf(task)).filter((name) => name !== 'RookeryCost');
  expect(said.sort()).toEqual(['RookeryModel', 'RookeryStatus']);
});

test('a task that waits from its first try on says for what', async () => {
  const task = await rig.start(inOrder({ status: 401 }), about);
  await found(`RookeryStatus = 'Waiting' AND RookeryNeedsYou = 'person' AND RookeryName = 'nightly'`, task);
  expect(await timerSummaries(task)).toEqual([expect.stringMatching(/^next try: /)]);
  await task.handle.cancel();
  await task.failure();
  expect(await attributesOf(task)).toMatchObject({ RookeryStatus: 'Cancelled' });
});

test('a question and a limit are what a task needs; while it retries it runs, and while it is paused it is paused', async () => {
  const question = { calls: [{ id: 'q', name: 'ask_user', args: { question: 'Which database?' } }] };
  const busy = { status: 429, headers: { 'retry-after': '3000' } };
  const asks = await rig.start(inOrder(question, busy), { limits: { max_time_ms: 3_600_000 } });
  await found(`RookeryStatus = 'Waiting' AND RookeryNeedsYou = 'question'`, asks);
  await manager.answer({ id: asks.id }, 'postgres');
  await until(async () => (await asks.status()).phase === 'retrying', { what: 'it waits for its provider' });
  expect(await attributesOf(asks)).toMatchObject({ RookeryStatus: 'Running' });
  await manager.pause(asks.id, { reason: 'lunch' });
  await found(`RookeryStatus = 'Paused' AND RookeryNeedsYou IS NULL`, asks);
  expect(await timerSummaries(asks)).toEqual([
    'question: Which database?',
    expect.stringMatching(/^next try: .*429/),
    'time limit: paused: lunch',
  ]);
  await manager.cancel(asks.id);

  const list = { calls: [{ id: 'l', name: 'list_files', args: {} }] };
  const limited = await rig.start(inOrder(list), { limits: { max_iterations: 1 }, on_limit: 'ask' });
  await found(`RookeryStatus = 'Waiting' AND RookeryNeedsYou = 'limit'`, limited);
  await manager.cancel(limited.id);
});

test('where a part of them is registered, that part is written, in as many events', async () => {
  const first: SearchAttribute[] = ['status', 'model'];
  const whole = await runThroughApproval(rig);
  await manager.decide({ id: whole.id }, { decision: 'deny' });
  await whole.result();
  await elsewhere({ namespace: await makeNamespace(rig.connection, first) }, async (other) => {
    const task = await runThroughApproval(other);
    await found(`RookeryStatus = 'Waiting'`, task, other);
    await (await managerOf(other)).decide({ id: task.id }, { decision: 'deny' });
    await task.result();
    expect(Object.keys(await attributesOf(task)).sort()).toEqual(['RookeryModel', 'RookeryStatus']);
    expect(await upserts(other, task)).toBe(await upserts(rig, whole));
  });
  await elsewhere({ namespace: await makeNamespace(rig.connection, [...first, 'needs_you']) }, async (other) => {
    const task = await runThroughApproval(other);
    await found(`RookeryNeedsYou = 'approval'`, task, other);
    expect(Object.keys(await attributesOf(task))).not.toContain('RookeryName');
  });
});

test('where a codec encodes the payloads, name and group are not in plain text', async () => {
  const codec = createEncryptionCodec({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] });
  await elsewhere({ given: { dataConverter: { payloadCodecs: [codec] } } }, async (other) => {
    const task = await runThroughApproval(other);
    await found(`RookeryNeedsYou = 'approval'`, task, other);
    const said = await attributesOf(task);
    expect(said).not.toHaveProperty('RookeryName');
    expect(said).not.toHaveProperty('RookeryGroup');
  });
});

test('the failures in a history name no directory of the build', async () => {
  const task = await rig.start(inOrder({ status: 503 }, { status: 400, body: { error: { message: 'no' } } }));
  await task.failure();
  const events = JSON.stringify(await eventsOf(rig.client, task.id));
  expect(events).toContain('"failure"');
  const traces = [...events.matchAll(/"stackTrace":"((?:[^"\\]|\\.)*)"/g)].map(([, trace = '']) => trace);
  expect(traces.length).toBeGreaterThan(1);
  expect(traces.filter((trace) => /(?:\(|at |file:\/\/)\//.test(trace))).toEqual([]);
  expect(events).not.toContain(process.cwd());
});
