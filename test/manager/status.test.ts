/** A status never lies and always says why: ended from outside, without its file, without a worker, with a broken file. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { TemporalClient } from '../../src/server/temporal-client.js';
import { expectStatus } from '../cli/schemas.js';
import { inOrder } from '../support/book.js';
import { scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

const quick = scriptedAgent({ iterations: 1, callFor: () => ({ name: 'list_files', args: {} }), final: 'Done.' });

/** The client, which notes the name of each request. */
function counting(client: TemporalClient, names: string[]): TemporalClient {
  const noting = <T extends object>(of: T): T =>
    new Proxy(of, {
      get(target, key) {
        const value = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const answer = value.apply(target, args);
          if (key === 'getHandle') return noting(answer);
          names.push(String(key));
          return answer;
        };
      },
    });
  return {
    options: client.options,
    workflow: noting(client.workflow),
    workflowService: noting(client.workflowService),
    withDeadline: (deadline, work) => client.withDeadline(deadline, work),
    withAbortSignal: (signal, work) => client.withAbortSignal(signal, work),
  };
}

/** With the identity of the client of the test. */
const BY_A_PERSON = expect.stringMatching(/^terminated from outside by .+@.+: by a person$/);

async function running(): Promise<Task> {
  const task = await rig.start(inOrder({ hang: true }));
  await until(() => task.requests().length === 1, { what: 'the model is asked' });
  await until(() => existsSync(rig.paths.task(task.id)), { what: 'its file is there' });
  return task;
}

test('a task that was terminated from outside is Failed, says so, and its file is repaired', async () => {
  const task = await running();
  await rig.plain.workflow.getHandle(task.id).terminate('by a person');
  const status = await manager.status(task.id);
  expectStatus(status);
  expect(status).toMatchObject({
    status: 'Failed',
    error: BY_A_PERSON,
    detail: { phase: 'done', reason: BY_A_PERSON, source: 'temporal', mirror: { behind_since: null } },
  });
  expect(task.file()).toMatchObject({ status: 'Failed', error: BY_A_PERSON, checkpoint: null });
  expect(await manager.wait(task.id)).toMatchObject({ ok: false, status: 'Failed', code: 'failed' });
});

test('list repairs it too, and says of a file that never had a workflow that resume starts it', async () => {
  const task = await running();
  await rig.plain.workflow.getHandle(task.id).terminate('by a person');
  const { id } = await manager.submit('Not yet.', { start: false });
  const listed = async () => new Map((await manager.list()).tasks.map((one) => [one.id, one]));
  await until(async () => (await listed()).get(task.id)?.status === 'Failed', {
    what: 'the list says that it has ended',
  });
  const tasks = await listed();
  for (const one of tasks.values()) expectStatus(one);
  expect(tasks.get(task.id)).toMatchObject({
    error: BY_A_PERSON,
    detail: { phase: 'done', reason: null },
  });
  expect(tasks.get(id)).toMatchObject({ status: 'Pending', detail: { phase: 'queued', source: 'files' } });
  expect(tasks.get(id)?.detail.reason).toContain('rookery resume');
});

test('a task whose file is gone is told from Temporal alone', async () => {
  const task = await rig.start(quick, { prompt: 'Look.' });
  await task.result();
  await rm(rig.paths.task(task.id));
  const status = await manager.status(task.id);
  expectStatus(status);
  expect(status).toMatchObject({ id: task.id, prompt: 'Look.', status: 'Completed', result: 'Done.', iterations: 2 });
  expect(await manager.resolveId(task.id)).toBe(task.id);
});

test('a task whose file is torn is told from Temporal, and the file keeps its bytes', async () => {
  const task = await rig.start(quick);
  await task.result();
  await writeFile(rig.paths.task(task.id), '{"id": "torn');
  expect(await manager.status(task.id)).toMatchObject({ status: 'Completed', result: 'Done.' });
  expect((await manager.list()).errors).toMatchObject([{ file: rig.paths.task(task.id) }]);
});

test('an open task that no worker polls for says which queue', async () => {
  const idle = await startRig({ worker: false });
  try {
    const alone = await managerOf(idle);
    const { id } = await alone.submit('Wait.');
    const status = await alone.status(id);
    expectStatus(status);
    expect(status).toMatchObject({ status: 'Pending', detail: { phase: 'queued', source: 'temporal' } });
    expect(status.detail.reason).toMatch(/^no worker polls queue rookery; it waits since 20\d\d-.+Z$/);
  } finally {
    await idle.stop();
  }
});

test('it costs a handful of requests, whatever the state of the task', async () => {
  const requests: string[] = [];
  const { workdir } = rig.paths;
  const counted = await BackgroundTaskManager.open({ workdir, client: counting(rig.client, requests) });
  const task = await running();
  await counted.status(task.id);
  expect(requests).toEqual(['describe', 'query', 'list']);
  await manager.cancel(task.id);
  requests.length = 0;
  await counted.status(task.id);
  expect(requests.length).toBeLessThanOrEqual(5);
  const done = await rig.start(quick);
  await done.result();
  requests.length = 0;
  await counted.status(done.id);
  expect(requests).toEqual(['describe', 'result', 'list']);
});

test('a start happens once, however often and by whomever it is asked for', async () => {
  const model = rig.book.add(quick);
  const choice = { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user' } as const;
  const { id } = await manager.submit({ prompt: 'Once.', ...choice }, { start: false });
  const runs = await Promise.all([manager.execute(id), manager.execute(id), manager.execute(id)]);
  expect(new Set(runs).size).toBe(1);
  expect(await manager.wait(id)).toStrictEqual({ id, ok: true, status: 'Completed' });
  await expect(manager.resume(id)).rejects.toMatchObject({ code: 'wrong_status' });
  await expect(manager.submit({ prompt: 'Twice.', ...choice }, { id })).rejects.toMatchObject({ code: 'bad_input' });
  expect(rig.book.requestsOf(model)).toHaveLength(2);
});
