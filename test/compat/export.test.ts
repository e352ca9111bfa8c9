/** A task that is handed over: cancelled here, and there as RavenClaws would have left it, with the last complete round. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Checkpoint, toWire } from '../../src/domain/wire.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { readCheckpoint } from '../../src/mirror/checkpoint-reader.js';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import { listTasks, readTask } from '../../src/mirror/reader.js';
import { inOrder } from '../support/book.js';
import { scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { untilShown } from './hanging.js';
import { put, theirTask } from './ravenclaws.js';

let rig: Rig;
let manager: BackgroundTaskManager;
let there: Paths;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());
beforeEach(async () => {
  there = pathsOf(join(await mkdtemp(join(tmpdir(), 'rookery-export-')), 'theirs'));
});
afterEach(() => rm(join(there.workdir, '..'), { recursive: true, force: true, maxRetries: 3 }));

const search = { id: 'a', name: 'search_files', args: { pattern: 'oak' } };

/** So many replies that request a call, and then a model call that hangs. */
async function startHanging(replies: number): Promise<Task> {
  const agent = scriptedAgent({ iterations: replies, callFor: () => search, final: 'Never.' });
  const task = await rig.start((request) => {
    const reply = agent(request);
    return reply.calls ? { ...reply, content: 'Ich sehe nach.' } : { hang: true };
  });
  await until(() => task.requests().length === replies + 1, { what: 'the model call hangs' });
  await untilShown(rig, task);
  return task;
}

async function exported(id: string): Promise<Checkpoint> {
  const read = await readCheckpoint(there, id);
  if (read.kind !== 'checkpoint') throw new Error(JSON.stringify(read));
  return read.checkpoint;
}

describe('a task after two replies with calls', () => {
  let task: Task;
  let before: ReturnType<Task['file']>;
  beforeEach(async () => {
    task = await startHanging(2);
    before = task.file();
  });

  test('is there Running, with everything that RavenClaws reads, in its bytes', async () => {
    const handed = await manager.export(task.id, there.workdir);
    expect(handed).toEqual({
      id: task.id,
      file: there.task(task.id),
      checkpoint: there.checkpoint(task.id),
      warning: null,
    });
    const { tasks, errors } = await listTasks(there);
    expect(errors).toEqual([]);
    const { prompt, system_prompt, created_at, provider, model } = before;
    expect(tasks).toMatchObject([
      { id: task.id, status: 'Running', result: null, error: null, prompt, system_prompt, created_at, provider, model },
    ]);
    const read = await readTask(there, task.id);
    expect(read.kind === 'task' && toWire(read.task)).toBe(readFileSync(there.task(task.id), 'utf8'));
    expect(readdirSync(there.workdir)).toEqual(['tasks']);
    expect(readdirSync(there.tasks).sort()).toEqual([`${task.id}.json`, 'checkpoints'].sort());
  });

  test('its checkpoint is the last complete round, in the text protocol', async () => {
    await manager.export(task.id, there.workdir);
    const { iteration, messages, session_id, enable_tools } = await exported(task.id);
    expect({ iteration, session_id, enable_tools }).toEqual({ iteration: 0, session_id: task.id, enable_tools: true });
    expect(messages).toEqual([
      { role: 'system', content: before.system_prompt },
      { role: 'user', content: before.prompt },
      { role: 'assistant', content: 'Ich sehe nach.\nTOOL_CALL: search_files\nARGS: {"pattern":"oak"}' },
      { role: 'user', content: expect.stringMatching(/^OBSERVATION: /) },
    ]);
  });

  test('is cancelled here, without an error, and says to whom it went', async () => {
    await manager.export(task.id, there.workdir);
    expect((await task.handle.describe()).status.name).toBe('CANCELLED');
    expect(task.file()).toMatchObject({ status: 'Cancelled', result: null, error: null, checkpoint: null });
    expect(task.checkpoint()).toBeUndefined();
    expect(await manager.status(task.id)).toMatchObject({
      status: 'Cancelled',
      error: null,
      detail: { phase: 'done', reason: `handed over to ${there.workdir}` },
    });
    expect((await manager.resumeIncomplete()).filter(({ id }) => id === task.id)).toEqual([]);
  });

  test('continues from there when it is adopted again', async () => {
    await manager.export(task.id, there.workdir);
    const other = await startRig({ plugin: { workdir: there.workdir } });
    const adopter = await managerOf(other);
    const model = other.book.add(inOrder({ content: 'FINAL: Two oaks.' }));
    const settings = { provider: 'litellm', model, endpoint: other.book.url, endpoint_origin: 'user' as const };
    await adopter.resume(task.id, { adopt: async () => settings });
    expect(await other.task(task.id).result()).toMatchObject({
      status: 'Completed',
      result: 'Two oaks.',
      iterations: 2,
    });
    expect(other.book.requestsOf(model)[0]?.messages).toHaveLength(4);
    await other.stop();
  });
});

test('before its first complete round a task goes without a checkpoint', async () => {
  const task = await startHanging(0);
  expect(await manager.export(task.id, there.workdir)).toMatchObject({ checkpoint: null, warning: null });
  expect(await readTask(there, task.id)).toMatchObject({
    task: { status: 'Running', checkpoint: null, iterations: 0 },
  });
  expect(existsSync(there.checkpoint(task.id))).toBe(false);
});

test('a checkpoint at the tenth iteration: the warning says that RavenClaws would end the task at once', async () => {
  const [nine, ten] = [await startHanging(10), await startHanging(11)];
  expect((await manager.export(nine.id, there.workdir)).warning).toBeNull();
  expect((await exported(nine.id)).iteration).toBe(8);
  expect((await manager.export(ten.id, there.workdir)).warning).toBe(
    'its checkpoint is at iteration 10, and RavenClaws stops at 10: ' +
      'it will end the task at once with the last message as the answer',
  );
  expect((await exported(ten.id)).iteration).toBe(9);
});

describe('is refused, and nothing is written', () => {
  test('a task that has ended', async () => {
    const task = await rig.start(inOrder({ content: 'Done.' }));
    await task.result();
    await expect(manager.export(task.id, there.workdir)).rejects.toMatchObject({
      code: 'wrong_status',
      message: `Cannot export task '${task.id}' in status 'completed'`,
    });
    expect(existsSync(there.workdir)).toBe(false);
    expect(existsSync(rig.paths.handed(task.id))).toBe(false);
  });

  test('into its own work directory', async () => {
    const task = await startHanging(0);
    await expect(manager.export(task.id, `${rig.paths.workdir}/tasks/..`)).rejects.toMatchObject({ code: 'usage' });
    expect((await task.handle.describe()).status.name).toBe('RUNNING');
  });

  test('where a file of that id is already', async () => {
    const task = await startHanging(0);
    put(there, theirTask(task.id, { prompt: 'theirs' }));
    await expect(manager.export(task.id, there.workdir)).rejects.toMatchObject({ code: 'bad_input' });
    expect(await readTask(there, task.id)).toMatchObject({ task: { prompt: 'theirs' } });
    expect((await task.handle.describe()).status.name).toBe('RUNNING');
  });

  test('a task that was never started', async () => {
    const { id } = await manager.submit('Later.', { start: false });
    await expect(manager.export(id, there.workdir)).rejects.toMatchObject({ code: 'wrong_status' });
    expect((await manager.getTask(id)).status).toBe('Pending');
    expect(existsSync(there.workdir)).toBe(false);
  });

  test('an unknown task', async () => {
    await expect(manager.export('nobody', there.workdir)).rejects.toThrow("Task 'nobody' not found");
  });
});

test('whichever comes first, its own end or the hand-over: the answer, the status and the reason agree', async () => {
  const task = await rig.start(inOrder({ content: 'Done.', delayMs: 300 }));
  await until(() => task.requests().length === 1, { what: 'the model is asked' });
  const handed = await manager.export(task.id, there.workdir).then(
    () => true,
    () => false,
  );
  const { status, detail } = await manager.status(task.id);
  const seen = { handed, status, reason: detail.reason, there: existsSync(there.task(task.id)) };
  expect(seen).toEqual(
    handed
      ? { handed, status: 'Cancelled', reason: `handed over to ${there.workdir}`, there: true }
      : { handed, status: 'Completed', reason: null, there: false },
  );
});
