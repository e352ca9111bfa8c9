/** The eight cases that RavenClaws tests its background tasks with, against our manager: the same names, the same sentences. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { pathsOf } from '../../src/mirror/paths.js';
import { inOrder } from '../support/book.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig } from '../support/rig.js';
import { rewritten } from './ravenclaws.js';

let workdir: string;
let manager: BackgroundTaskManager;
beforeEach(async () => {
  workdir = join(await mkdtemp(join(tmpdir(), 'rookery-background-')), 'data');
  manager = await BackgroundTaskManager.open({ workdir });
});
afterEach(() => rm(join(workdir, '..'), { recursive: true, force: true, maxRetries: 3 }));

const waiting = { start: false } as const;
const fileOf = (id: string): string => pathsOf(workdir).task(id);

function complete(path: string): void {
  writeFileSync(path, rewritten(readFileSync(path, 'utf8'), { status: 'Completed', result: 'done' }));
}

test('manager_new_creates_directory', async () => {
  expect(statSync(workdir).isDirectory()).toBe(true);
  expect(await manager.listTasks()).toEqual([]);
});

test('submit_task', async () => {
  const { id, file, workflow } = await manager.submit({ prompt: 'Test prompt', system_prompt: 'System' }, waiting);
  expect(workflow).toBeNull();
  expect(file).toBe(fileOf(id));
  expect(existsSync(file)).toBe(true);
  expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const task = await manager.getTask(id);
  expect(task).toMatchObject({ id, prompt: 'Test prompt', system_prompt: 'System', status: 'Pending', result: null });
  expect(task.created_at).toBe(task.updated_at);
  expect(readdirSync(pathsOf(workdir).tasks)).toEqual([`${id}.json`]);
});

test('status_transitions', async () => {
  const { id } = await manager.submit('Test', waiting);
  expect((await manager.status(id)).status).toBe('Pending');
  expect(await manager.cancel(id)).toMatchObject({ id, ok: true, status: 'Cancelled' });
  expect((await manager.status(id)).status).toBe('Cancelled');
  await expect(manager.execute(id)).rejects.toThrow(`Cannot execute task '${id}' in status 'cancelled'`);
});

test('list_tasks', async () => {
  const { id: first } = await manager.submit('Task 1', waiting);
  const { id: second } = await manager.submit('Task 2', waiting);
  expect((await manager.listTasks()).map(({ id }) => id)).toEqual([second, first]);
  expect(await manager.listTasks({ status: 'Completed' })).toEqual([]);
});

test('cancel_completed_task_fails', async () => {
  const { id, file } = await manager.submit('Test', waiting);
  complete(file);
  await expect(manager.cancel(id)).rejects.toThrow(`Cannot cancel task '${id}' in status 'completed'`);
  expect(await manager.getTask(id)).toMatchObject({ status: 'Completed', result: 'done' });
});

test('task_not_found', async () => {
  const sentence = "Task 'nonexistent' not found";
  for (const ask of ['status', 'getTask', 'cancel', 'execute'] as const) {
    await expect(manager[ask]('nonexistent')).rejects.toThrow(sentence);
  }
});

test('persistence_across_restart', async () => {
  const { id } = await manager.submit('Persistent task', waiting);
  const again = await BackgroundTaskManager.open({ workdir });
  expect(await again.listTasks()).toMatchObject([{ id, prompt: 'Persistent task', status: 'Pending' }]);
});

test('a running task is not cancelled in its file alone: without a server the cancel says so', async () => {
  const { id, file } = await manager.submit('Test', waiting);
  writeFileSync(file, rewritten(readFileSync(file, 'utf8'), { status: 'Running' }));
  await expect(manager.cancel(id)).rejects.toMatchObject({ code: 'no_server' });
  expect((await manager.getTask(id)).status).toBe('Running');
});

let rig: Rig;
let online: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  online = await managerOf(rig);
});
afterAll(() => rig.stop());

const task = (model: string) => ({
  prompt: 'Test',
  provider: 'litellm',
  model,
  endpoint: rig.book.url,
  endpoint_origin: 'user' as const,
});

test('resume_incomplete_tasks', async () => {
  const model = rig.book.add(() => ({ content: 'Done.' }));
  const { id: open } = await online.submit(task(model), waiting);
  const { file } = await online.submit(task(model), waiting);
  complete(file);
  const outcomes = await online.resumeIncomplete();
  expect(outcomes).toMatchObject([{ id: open, ok: true, status: 'Running', message: 'started' }]);
  expect(await rig.task(open).result()).toMatchObject({ status: 'Completed' });
});

test('a task that was only written runs when it is executed, once', async () => {
  const model = rig.book.add(inOrder({ content: 'Done.', delayMs: 200 }));
  const { id } = await online.submit(task(model), waiting);
  expect((await online.getTask(id)).status).toBe('Pending');
  const [run, same] = await Promise.all([online.execute(id), online.execute(id)]);
  expect(same).toBe(run);
  expect(await rig.task(id).result()).toMatchObject({ status: 'Completed', result: 'Done.' });
  await expect(online.execute(id)).rejects.toThrow(`Cannot execute task '${id}' in status 'completed'`);
  expect(rig.book.requestsOf(model)).toHaveLength(1);
});

test('a task that was only written and then cancelled is never run', async () => {
  const { id } = await online.submit(task(rig.book.add(inOrder({ content: 'no' }))), waiting);
  expect(await online.cancel(id)).toMatchObject({ ok: true, status: 'Cancelled' });
  expect((await online.resumeIncomplete()).filter((outcome) => outcome.id === id)).toEqual([]);
  await expect(online.resume(id)).rejects.toThrow(`Task '${id}' cannot be resumed in status 'cancelled'`);
});
