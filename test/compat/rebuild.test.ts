/** The files are a projection: from Temporal alone they come back byte for byte, and no task notices. */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { Paths } from '../../src/mirror/paths.js';
import { eventsOf } from '../support/history.js';
import { scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { LONG } from '../support/random.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { bytesOf, CALLS, hanging, settled } from './hanging.js';
import { put, theirBytes, theirCheckpoint, theirTask } from './ravenclaws.js';

const MANY = LONG ? 20 : 8;
let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

test(`the tasks directory, deleted in the middle of ${MANY} running tasks, is back byte for byte`, async () => {
  const own = await startRig();
  const ours = await managerOf(own);
  const agent = scriptedAgent({ iterations: 3, callFor: () => CALLS[0], final: 'All done.' });
  const tasks = await Promise.all(Array.from({ length: MANY }, () => own.start(hanging())));
  const working = await own.start((request) => ({ ...agent(request), delayMs: 300 }));
  for (const task of tasks) await settled(own, task);
  const before = tasks.map(({ id }) => bytesOf(own.paths, id));
  rmSync(own.paths.tasks, { recursive: true });

  const outcomes = await ours.rebuildMirror();
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
  expect(tasks.map(({ id }) => bytesOf(own.paths, id))).toEqual(before);
  for (const { id } of tasks) {
    const outcome = outcomes.find((one) => one.id === id);
    expect(outcome).toMatchObject({ message: 'rebuilt' });
    expect(outcome?.differences).toEqual(['the task file is missing', 'the checkpoint file is missing']);
  }
  const ids = tasks.map(({ id }) => id);
  expect((await ours.verifyMirror(ids)).map(({ differences }) => differences)).toEqual(tasks.map(() => []));

  expect(await working.result()).toMatchObject({ status: 'Completed', iterations: 4 });
  for (const task of tasks) {
    expect((await task.status()).record.state.kind).toBe('running');
    expect(task.requests()).toHaveLength(3);
    const failed = (await eventsOf(own.client, task.id)).filter((event) => event.activityTaskFailedEventAttributes);
    expect(failed).toEqual([]);
  }
  await own.stop();
});

describe('verify says each difference', () => {
  let task: Task;
  beforeAll(async () => {
    task = await rig.start(hanging());
    await settled(rig, task);
  });
  const verify = async () => (await manager.verifyMirror([task.id]))[0];

  test('none', async () => {
    expect(await verify()).toMatchObject({ ok: true, differences: [], message: 'the files match Temporal' });
  });

  test.each<[string, (paths: Paths, id: string) => void, string[]]>([
    ['a missing task file', (paths, id) => rmSync(paths.task(id)), ['the task file is missing']],
    ['a missing checkpoint', (paths, id) => rmSync(paths.checkpoint(id)), ['the checkpoint file is missing']],
    [
      'fields, by name',
      (paths, id) => edit(paths.task(id), (file) => ({ ...file, prompt: 'another', iterations: 7 })),
      ['the task file differs in prompt, iterations'],
    ],
    [
      'a field more',
      (paths, id) => edit(paths.task(id), (file) => ({ ...file, note: 1 })),
      ['the task file differs in note'],
    ],
    [
      'bytes alone',
      (paths, id) => writeFileSync(paths.task(id), `${readFileSync(paths.task(id), 'utf8')}\n`),
      ['the task file has different bytes'],
    ],
    ['a torn file', (paths, id) => writeFileSync(paths.task(id), '{"id": "'), ['the task file is incomplete']],
    [
      'another checkpoint',
      (paths, id) => edit(paths.checkpoint(id), (file) => ({ ...file, iteration: 8 })),
      ['the checkpoint file differs'],
    ],
  ])('%s, and rebuild repairs it', async (_, spoil, differences) => {
    const before = bytesOf(rig.paths, task.id);
    spoil(rig.paths, task.id);
    expect(await verify()).toMatchObject({ ok: false, differences, message: 'the files do not match Temporal' });
    expect(await manager.rebuildMirror([task.id])).toMatchObject([{ ok: true, differences, message: 'rebuilt' }]);
    expect(bytesOf(rig.paths, task.id)).toEqual(before);
    expect(await manager.rebuildMirror([task.id])).toMatchObject([{ ok: true, message: 'nothing to do' }]);
  });

  test('an end by another program is no difference that rebuild may undo', async () => {
    const own = await startRig();
    const ours = await managerOf(own);
    const other = await own.start(hanging());
    await settled(own, other);
    edit(own.paths.task(other.id), (file) => ({ ...file, status: 'Cancelled' }));
    const [outcome] = await ours.rebuildMirror([other.id]);
    expect(outcome?.message).not.toBe('rebuilt');
    expect((await other.failure()).name).toBe('CancelledFailure');
    expect(other.file().status).toBe('Cancelled');
    await own.stop();
  });
});

function edit(path: string, change: (file: Record<string, unknown>) => unknown): void {
  writeFileSync(path, theirBytes(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)));
}

test('a task without a workflow cannot be rebuilt, and its files are not changed', async () => {
  put(rig.paths, theirTask('nobody'), theirCheckpoint('nobody', 1, []));
  writeFileSync(rig.paths.task('nobody'), `${readFileSync(rig.paths.task('nobody'), 'utf8')}\n\n`);
  const before = bytesOf(rig.paths, 'nobody');
  const outcomes = [await manager.verifyMirror(['nobody']), await manager.rebuildMirror()].flat();
  const said = outcomes.filter(({ id }) => id === 'nobody');
  expect(said).toHaveLength(2);
  for (const outcome of said) {
    expect(outcome).toMatchObject({
      ok: false,
      differences: [],
      message: expect.stringMatching(/^cannot be rebuilt: /),
    });
  }
  expect(bytesOf(rig.paths, 'nobody')).toEqual(before);
});

test('a start that was not signed by us changes no file', async () => {
  const id = randomUUID();
  await rig.plain.workflow.start('backgroundTask', { args: [{ prompt: 'x' }], taskQueue: 'rookery', workflowId: id });
  await rig.task(id).failure();
  expect(await manager.rebuildMirror([id])).toMatchObject([{ ok: false }]);
  expect(bytesOf(rig.paths, id)).toEqual({ task: undefined, checkpoint: undefined });
});
