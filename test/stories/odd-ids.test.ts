/** A task may have nearly any id: its files carry a safe form of it, under which RavenClaws finds and cancels it. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileNameOf } from '../../src/domain/task-id.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

test.each(["it's 5 o'clock", 'a b', '日報', 'a%3Ab', 'a:b', '.hidden', 'x~order', 'report.json', 'x'.repeat(240)])(
  '%j runs, is listed under it, and is found by the name of its file too',
  async (id) => {
    const task = await rig.start(inOrder({ content: 'Done.' }), {}, id);
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    const name = fileNameOf(id);
    expect(readdirSync(rig.paths.tasks)).toContain(`${name}.json`);
    expect(task.file().id).toBe(name);
    expect(await manager.status(id)).toMatchObject({ id, status: 'Completed', detail: { workflow: { id } } });
    expect(await manager.resolveId(id)).toBe(id);
    if (!(await manager.listTasks()).some((other) => other.id === name)) expect(await manager.resolveId(name)).toBe(id);
    expect((await manager.list()).tasks.map((one) => one.id)).toContain(id);
    expect(await manager.verifyMirror([id])).toMatchObject([{ ok: true }]);
  },
);

test('a program that writes into the file that the id names cancels the task', async () => {
  const id = 'nightly: 1';
  const task = await rig.start(() => ({ hang: true }), {}, id);
  await until(() => existsSync(rig.paths.task(id)) && task.file().status === 'Running', { what: 'it runs' });
  const file = task.file();
  writeFileSync(join(rig.paths.tasks, `${file.id}.json`), JSON.stringify({ ...file, status: 'Cancelled' }, null, 2));
  await until(async () => (await task.handle.describe()).status.name === 'CANCELLED', { what: 'it is cancelled' });
  expect(readdirSync(rig.paths.tasks).filter((name) => name.startsWith('nightly'))).toEqual(['nightly%3A%201.json']);
});

test('an interrupted submit of one is found and started', async () => {
  const id = 'later: 2';
  const model = rig.book.add(inOrder({ content: 'Late.' }));
  const task = {
    prompt: 'Wait.',
    provider: 'litellm',
    model,
    endpoint: rig.book.url,
    endpoint_origin: 'user',
  } as const;
  await manager.submit(task, { id, start: false });
  expect(rig.task(id).file()).toMatchObject({ id: 'later%3A%202', status: 'Pending' });
  expect(await manager.resumeIncomplete()).toMatchObject([{ id, ok: true }]);
  expect(await rig.task(id).result()).toMatchObject({ result: 'Late.' });
});

test.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'schedule:x', 'x'.repeat(241)])('%j is refused', async (id) => {
  await expect(manager.submit({ prompt: 'p' }, { id })).rejects.toMatchObject({
    code: 'bad_input',
    message: expect.stringContaining('is not a safe file name'),
  });
});
