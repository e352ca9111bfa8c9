/**
 * What another program writes into the file of a task that runs here: noticed while a model call hangs, answered as it
 * means, never lost. How soon is measured by `npm run bench`.
 */
import { existsSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskFile } from '../../src/domain/wire.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { chance, LONG, SEEDS } from '../support/random.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { of } from '../support/sequence.js';
import { until } from '../support/until.js';
import { watch } from '../support/watcher.js';
import { CALLS } from './hanging.js';
import { rewritten, writeInPlace } from './ravenclaws.js';
import { startStandIn } from './stand-in.js';

const CANCELLED_BY_THEM = 'cancelled by another program, in the task file';

let rig: Rig;
let manager: BackgroundTaskManager;
const announced: string[] = [];
beforeAll(async () => {
  rig = await startRig({ plugin: { announce: (line) => announced.push(line) } });
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

const bytesOf = ({ id }: Task): string => readFileSync(rig.paths.task(id), 'utf8');
const foreign = (task: Task, change: Partial<TaskFile>): string => rewritten(bytesOf(task), change);

/** One round, which the files show, and then a model call that hangs. */
async function startHanging(): Promise<Task> {
  const task = await rig.start(inOrder({ calls: CALLS }, { hang: true }));
  await until(() => existsSync(rig.paths.task(task.id)) && task.file().iterations === 1, { what: 'the first round' });
  await until(() => task.requests().length === 2, { what: 'the model is asked again' });
  return task;
}

/** Rounds of 400 ms, each of which is written. */
function slowly(rounds: number): ModelScript {
  const agent = scriptedAgent({ iterations: rounds, callFor: () => CALLS[0], final: 'Done.' });
  return (request) => ({ ...agent(request), delayMs: 400 });
}

async function expectCancelled(task: Task): Promise<void> {
  expect((await task.failure()).name).toBe('CancelledFailure');
}

test('Cancelled cancels the workflow, also while a model call hangs', async () => {
  const task = await startHanging();
  writeInPlace(rig.paths.task(task.id), foreign(task, { status: 'Cancelled' }));
  await expectCancelled(task);
  expect(task.file()).toMatchObject({ status: 'Cancelled', result: null, error: null, checkpoint: null });
  expect(task.checkpoint()).toBeUndefined();
  expect(await manager.status(task.id)).toMatchObject({
    status: 'Cancelled',
    detail: { phase: 'done', reason: CANCELLED_BY_THEM },
  });
  expect(task.requests()).toHaveLength(2);
});

test.each([
  ['Completed', { status: 'Completed', result: 'theirs' }],
  ['Failed', { status: 'Failed', error: 'LLM error: theirs' }],
] as const)('%s cancels the workflow too; the file stays as it is, and status says why', async (status, change) => {
  const task = await startHanging();
  const theirs = foreign(task, change);
  writeInPlace(rig.paths.task(task.id), theirs);
  await expectCancelled(task);
  expect(bytesOf(task)).toBe(theirs);
  expect(task.checkpoint()).toBeUndefined();
  expect(await manager.status(task.id)).toMatchObject({
    ...change,
    detail: { phase: 'done', reason: `ended by another program: the task file says ${status}` },
  });
  expect((await manager.list()).tasks.find(({ id }) => id === task.id)).toMatchObject(change);
  expect(await manager.rebuildMirror([task.id])).toMatchObject([{ ok: true, message: 'nothing to do' }]);
  expect(bytesOf(task)).toBe(theirs);
});

test('Cancelled before any worker looked at the task: it is cancelled when one comes', async () => {
  const idle = await startRig({ worker: false });
  const own = await managerOf(idle);
  const model = idle.book.add(inOrder({ hang: true }));
  const chosen = { provider: 'litellm', model, endpoint: idle.book.url, endpoint_origin: 'user' as const };
  const { id, file } = await own.submit({ prompt: 'Never mind.', ...chosen });
  writeInPlace(file, rewritten(readFileSync(file, 'utf8'), { status: 'Cancelled' }));
  await idle.startWorker();
  const task = idle.task(id, model);
  expect((await task.failure()).name).toBe('CancelledFailure');
  expect(task.file().status).toBe('Cancelled');
  await idle.stop();
});

test('a deleted file comes back with the next write, and nothing else is noticed', async () => {
  const task = await rig.start(slowly(3));
  await until(() => existsSync(rig.paths.task(task.id)) && task.file().iterations === 1, { what: 'the first round' });
  rmSync(rig.paths.task(task.id));
  rmSync(rig.paths.checkpoint(task.id), { force: true });
  await until(() => existsSync(rig.paths.task(task.id)), { what: 'the file is back' });
  expect(task.file()).toMatchObject({ id: task.id, status: 'Running' });
  expect(task.file().iterations).toBeGreaterThan(1);
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 4 });
});

test.each([
  ['to nothing', 0],
  ['in the middle', 100],
])('a file that is cut %s is replaced by ours, and taken for no news', async (_, length) => {
  const task = await rig.start(slowly(3));
  await until(() => existsSync(rig.paths.task(task.id)) && task.file().iterations === 1, { what: 'the first round' });
  truncateSync(rig.paths.task(task.id), length);
  await until(() => bytesOf(task).length > length, { what: 'the file is whole again' });
  expect(task.file()).toMatchObject({ id: task.id, status: 'Running' });
  expect((await task.status()).foreign).toBeNull();
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 4 });
});

test('Running with another provider and model is said in status and announced, and written over', async () => {
  const task = await rig.start(slowly(4));
  await until(() => existsSync(rig.paths.task(task.id)) && task.file().iterations === 1, { what: 'the first round' });
  writeInPlace(rig.paths.task(task.id), foreign(task, { provider: 'watsonx', model: 'gpt-x' }));
  await until(async () => (await task.status()).foreign !== null, { what: 'it is noticed' });
  const { status, detail } = await manager.status(task.id);
  expect(status).toBe('Running');
  expect(detail.reason).toMatch(/^another program wrote this task file as running:/);
  expect(task.file()).toMatchObject({ status: 'Running', provider: 'litellm', model: task.model });
  expect(announced.join('\n')).toContain(`task ${task.id}: another program wrote this task file as running`);
  expect(await task.result()).toMatchObject({ status: 'Completed' });
});

test('a directory that was removed and made again is watched again', async () => {
  const own = await startRig();
  const task = await own.start(inOrder({ calls: CALLS }, { hang: true }));
  await until(() => existsSync(own.paths.task(task.id)) && task.file().iterations === 1, { what: 'the first round' });
  rmSync(own.paths.tasks, { recursive: true });
  const ours = await managerOf(own);
  expect(await ours.rebuildMirror([task.id])).toMatchObject([{ ok: true, message: 'rebuilt' }]);
  const text = readFileSync(own.paths.task(task.id), 'utf8');
  writeInPlace(own.paths.task(task.id), rewritten(text, { status: 'Cancelled' }));
  expect((await task.failure()).name).toBe('CancelledFailure');
  await own.stop();
});

test('what we write is never taken for foreign: many tasks at once, and nothing is announced', async () => {
  announced.length = 0;
  const agent = scriptedAgent({ iterations: 4, callFor: () => CALLS[0], final: 'Done.' });
  const tasks = await Promise.all(Array.from({ length: 10 }, () => rig.start(agent)));
  for (const task of tasks) {
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect((await task.status()).foreign).toBeNull();
  }
  expect(announced).toEqual([]);
});

test('a cancel by the stand-in at any moment of a working task is never lost', async () => {
  const random = chance(SEEDS[1] ?? 2);
  const standIn = await startStandIn();
  const watcher = await watch([rig.paths.tasks]);
  const agent = scriptedAgent({ iterations: 60, callFor: () => CALLS[0], final: 'Done.' });
  const cancelOne = async (): Promise<Task> => {
    const task = await rig.start((request) => ({ ...agent(request), delayMs: 60 }), { limits: { max_iterations: 80 } });
    await until(() => existsSync(rig.paths.task(task.id)), { what: 'the file is there' });
    const when = random.next() * 1_500;
    const change = { status: 'Cancelled' } as const;
    await standIn.play(rig.paths.task(task.id), [{ after: when, change, fresh: true, torn: random.pick([0, 1]) }]);
    await expectCancelled(task);
    expect(task.file().status).toBe('Cancelled');
    return task;
  };
  const cancelled: Task[] = [];
  for (let rounds = LONG ? 7 : 1; rounds > 0; rounds--) {
    cancelled.push(...(await Promise.all(Array.from({ length: 6 }, cancelOne))));
  }
  const { sightings, torn } = await watcher.stop();
  for (const { id } of cancelled) {
    const whole = of(id, sightings, 'task').filter((one) => !torn.includes(one));
    expect(whole.length).toBeGreaterThan(1);
    const statuses = whole.map(({ text }) => (JSON.parse(text) as TaskFile).status);
    expect(statuses.slice(statuses.indexOf('Cancelled'))).not.toContain('Running');
  }
  await standIn.stop();
});
