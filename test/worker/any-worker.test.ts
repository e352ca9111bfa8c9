/** The plugin on a worker that somebody already has: any task queue, any options, beside other plugins. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client, Connection, type DataConverter, type WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkerPlugin,
} from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { hostQueueOf } from '../../src/domain/worker-names.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { inOrder } from '../support/book.js';
import { codec } from '../support/encrypting-codec.mjs';
import { eventsOf } from '../support/history.js';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, type RigOptions, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

const dataConverter: DataConverter = { payloadCodecs: [codec] };
const withoutKeys = { sandbox: 'off', defaultChoice: { provider: 'demo', model: 'demo' } } as const;
const CANARY = 'the-prompt-of-this-test';

const rigs: Rig[] = [];
async function rigWith(options: RigOptions): Promise<Rig> {
  const rig = await startRig(options);
  rigs.push(rig);
  return rig;
}
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.stop()));
});

const list = { calls: [{ id: 'a', name: 'list_files', args: {} }] };

async function activitiesOf(rig: Rig, task: Task): Promise<{ type: string; queue: string }[]> {
  return (await eventsOf(rig.client, task.id)).flatMap(({ activityTaskScheduledEventAttributes: event }) =>
    event ? { type: event.activityType?.name ?? '', queue: event.taskQueue?.name ?? '' } : [],
  );
}

test('a worker on a task queue of its own finishes a task there', async () => {
  const rig = await rigWith({ taskQueue: 'my-app' });
  const task = await rig.start(inOrder(list, { content: 'Done.' }));
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
  const activities = await activitiesOf(rig, task);
  expect(new Set(activities.map(({ queue }) => queue))).toEqual(new Set(['my-app']));
  expect(new Set(activities.map(({ type }) => type))).toEqual(new Set(['rookery.iterate', 'rookery.mirror']));
});

test('two plugins with two work directories serve two task queues in one process', async () => {
  const one = await rigWith({ taskQueue: 'team one' });
  const { namespace, book } = one;
  const two = await rigWith({ namespace, book, taskQueue: "team 'two'" });
  const tasks = await Promise.all([one, two].map((rig) => rig.start(inOrder(list, { content: 'Done.' }))));
  for (const [n, rig] of [one, two].entries()) {
    const task = tasks[n] as Task;
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect(task.file()).toMatchObject({ id: task.id, status: 'Completed' });
    // Each knows only its own tasks, and neither could verify those of the other.
    const manager = await BackgroundTaskManager.open({ workdir: rig.paths.workdir });
    expect((await manager.listTasks()).map(({ id }) => id)).toEqual([task.id]);
  }
});

test('the manager starts tasks on the queue that it was given', async () => {
  const rig = await rigWith({ taskQueue: 'my-app' });
  const { client, paths, book } = rig;
  const manager = await BackgroundTaskManager.open({ workdir: paths.workdir, client, taskQueue: 'my-app' });
  const chosen = { provider: 'litellm', endpoint: book.url, endpoint_origin: 'user' as const };
  const { id } = await manager.submit({ prompt: 'x', ...chosen, model: book.add(inOrder({ content: 'Done.' })) });
  expect(await manager.wait(id)).toMatchObject({ ok: true, status: 'Completed' });
  expect((await manager.status(id)).detail.workflow).toMatchObject({ task_queue: 'my-app' });
});

test('a worker that starts wakes the waiting tasks of its queue, whatever memo another workflow has', async () => {
  const rig = await rigWith({ worker: false, taskQueue: 'my-app' });
  const first = await rig.startWorker();
  const task = await rig.start(inOrder({ status: 401 }, { content: 'Done.' }));
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
  await first.stop();
  const other = new Client({ connection: rig.connection, namespace: rig.namespace, dataConverter });
  const start = { args: [{}], workflowId: 'other', startDelay: '1 hour', memo: { rookery: { phase: 'x' } } } as const;
  await other.workflow.start(WORKFLOW_TYPE, { ...start, taskQueue: 'my-app' });
  const listed = async () => {
    const query = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'`;
    return (await rig.client.workflowService.listWorkflowExecutions({ namespace: rig.namespace, query })).executions;
  };
  await until(async () => (await listed())?.length === 2, { what: 'both are listed' });
  await rig.startWorker();
  expect(await task.result()).toMatchObject({ status: 'Completed' });
});

describe('a codec on two hosts', () => {
  const seen = new Set<string>();
  /** After ours in the list: what it adds must be on the host queue too. */
  const other: WorkerPlugin = {
    name: 'other',
    configureWorker: (options) => ({
      ...options,
      interceptors: {
        ...options.interceptors,
        activity: [
          ({ info }) => ({
            inbound: {
              execute(input, next) {
                seen.add(info.taskQueue);
                return next(input);
              },
            },
          }),
        ],
      },
    }),
  };
  const given = { dataConverter, plugins: [other] };
  const reader = scriptedAgent({
    iterations: 3,
    callFor: () => ({ name: 'read_file', args: { path: 'name.txt' } }),
    final: 'Done.',
  });
  let here: Rig;
  let there: Rig;
  beforeAll(async () => {
    here = await startRig({ taskQueue: 'my-app', given });
    const { namespace, book, paths } = here;
    const plugin = { signingKeyFile: paths.signingKey };
    there = await startRig({ namespace, book, taskQueue: 'my-app', given, plugin });
    for (const { workspace } of [here, there]) writeFileSync(join(workspace, 'name.txt'), 'the file\n');
  });
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
  });

  test('tasks run on the queues of their hosts, made as the given worker was', async () => {
    const queue = hostQueueOf('my-app', here.plugin.host);
    // Either worker may be asked first: only where it is the wrong one, the queue of the host is used.
    for (let n = 0; n < 40 && !seen.has(queue); n++) {
      const task = await here.start(reader, { prompt: CANARY, host: here.plugin.host });
      expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 4 });
    }
    expect([...seen].sort()).toContain(queue);
    expect(queue).toMatch(/^my-app@[0-9a-f]{8}$/);
  });

  test('status, follow and the comparison of the mirror read the encrypted history; others cannot', async () => {
    const { client, paths, plain } = here;
    const task = await here.start(reader, { prompt: CANARY, host: here.plugin.host });
    await task.result();
    const manager = await BackgroundTaskManager.open({ workdir: paths.workdir, client });
    expect(await manager.status(task.id)).toMatchObject({ prompt: CANARY, iterations: 4 });
    const types: string[] = [];
    await manager.follow(task.id, { onEvent: ({ type }) => types.push(type) });
    expect(types.filter((type) => type === 'iteration')).toHaveLength(4);
    expect(await manager.verifyMirror([task.id])).toMatchObject([{ ok: true }]);
    const stored = JSON.stringify(await plain.workflow.getHandle(task.id).fetchHistory());
    expect(stored).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 20));
    expect(stored).not.toContain(CANARY);
  });
});

describe('a plugin that is given', () => {
  let workdir: string;
  let rig: Rig;
  let plugin: BackgroundTasksPlugin;
  beforeAll(async () => {
    workdir = await mkdtemp(join(tmpdir(), 'rookery-any-worker-'));
    rig = await startRig({ worker: false });
    const { paths } = rig;
    plugin = await BackgroundTasksPlugin.create({ workdir, signingKeyFile: paths.signingKey, ...withoutKeys });
  });
  afterAll(async () => {
    await rig.stop();
    await rm(workdir, { recursive: true, force: true, maxRetries: 3 });
  });

  async function completes(client: Client, taskQueue: string): Promise<WorkflowHandle> {
    const args = [{ prompt: 'Say hello.', provider: 'demo', model: 'demo', limits: { max_iterations: 20 } }];
    const handle = await client.workflow.start(WORKFLOW_TYPE, { args, taskQueue, workflowId: `on-${taskQueue}` });
    expect(await handle.result()).toMatchObject({ status: 'Completed' });
    return handle;
  }

  async function pollersOf(taskQueue: string): Promise<number> {
    const { namespace } = rig;
    const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType: 2 };
    return (await rig.client.workflowService.describeTaskQueue(request)).pollers?.length ?? 0;
  }

  test('to the connections and again to worker and client counts once', async () => {
    const { address, namespace } = rig;
    const native = await NativeConnection.connect({ address, plugins: [plugin] });
    const connection = await Connection.connect({ address, plugins: [plugin] });
    const worker = await Worker.create({ ...workerOptions('given-twice'), connection: native, plugins: [plugin] });
    const client = new Client({ connection, namespace, plugins: [plugin] });
    await worker.runUntil(async () => {
      await completes(client, 'given-twice');
      expect(await pollersOf(hostQueueOf('given-twice', plugin.host))).toBe(1);
    });
    await native.close();
    await connection.close();
  });

  test('to a test environment works for its worker and its client', async () => {
    const { address, namespace } = rig;
    const env = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace, plugins: [plugin] });
    const worker = await Worker.create({ ...workerOptions('test-env'), connection: env.nativeConnection });
    await worker.runUntil(() => completes(env.client, 'test-env'));
    await env.teardown();
  });

  test('to two workers that run side by side serves both queues', async () => {
    const { address, namespace } = rig;
    const connection = await NativeConnection.connect({ address, plugins: [plugin] });
    const client = new Client({ connection: rig.connection, namespace, plugins: [plugin] });
    const [first, second] = await Promise.all(
      ['side-1', 'side-2'].map((queue) => Worker.create({ ...workerOptions(queue), connection })),
    );
    await second?.runUntil(async () => {
      await first?.runUntil(() => completes(client, 'side-1'));
      await completes(client, 'side-2');
    });
    await connection.close();
  });

  function workerOptions(taskQueue: string): WorkerOptions {
    return { taskQueue, namespace: rig.namespace, workflowBundle: { codePath: inject('bundle') } };
  }
});

describe('a worker with names of the plugin is refused at its creation', () => {
  let directory: string;
  let plugin: BackgroundTasksPlugin;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rookery-clash-'));
    plugin = await BackgroundTasksPlugin.create({ workdir: join(directory, 'data'), ...withoutKeys });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const creation = (options: Partial<WorkerOptions>) =>
    Worker.create({ taskQueue: 'my-app', plugins: [plugin], ...options });
  const refused = (message: RegExp) => ({ code: 'usage', message: expect.stringMatching(message) as string });

  test('by a second plugin', async () => {
    const second = await BackgroundTasksPlugin.create({ workdir: join(directory, 'other'), ...withoutKeys });
    await expect(creation({ plugins: [plugin, second] })).rejects.toMatchObject(
      refused(/'my-app' already has an activity 'rookery\.iterate'/),
    );
  });

  test('by an activity', async () => {
    const activities = { 'rookery.mirror': async () => undefined };
    await expect(creation({ activities })).rejects.toMatchObject(refused(/activity 'rookery\.mirror'/));
  });

  test.each([
    ['a function', 'export async function backgroundTask() {}'],
    ['a constant', "export * from 'rookery/workflows';\nexport const backgroundTask = async () => undefined;"],
    ['another name', 'async function own() {}\nexport { own as backgroundTask };'],
    ['CommonJS', 'exports.backgroundTask = backgroundTask;\nasync function backgroundTask() {}'],
  ])('by a workflow: %s', async (_, text) => {
    const workflowsPath = join(directory, 'workflows.ts');
    writeFileSync(workflowsPath, text);
    await expect(creation({ workflowsPath })).rejects.toMatchObject(refused(/another workflow 'backgroundTask'/));
    await expect(creation({ workflowBundle: { code: text } })).rejects.toMatchObject(refused(/another workflow/));
  });

  test.each([
    ['a name of another module', "export { backgroundTask } from './mine.js';"],
    ['everything of another module', "export * from './mine.js';"],
    ['an import that is exported', "import { backgroundTask } from './mine.js';\nexport { backgroundTask };"],
    [
      'a constant, with the maker in a comment',
      '// createBackgroundTask(\nexport const backgroundTask = async () => undefined;',
    ],
  ])('by a workflow of a module: %s', async (_, text) => {
    const workflowsPath = join(directory, 'reexports.ts');
    writeFileSync(join(directory, 'mine.ts'), 'export async function backgroundTask() {}');
    writeFileSync(workflowsPath, text);
    await expect(creation({ workflowsPath })).rejects.toMatchObject(refused(/another workflow 'backgroundTask'/));
  });

  test('by a workflow in a bundle that has the agent of the plugin too', async () => {
    const workflowsPath = resolve('test/support/user-workflows/another-task.ts');
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    await expect(creation({ workflowBundle: { code } })).rejects.toMatchObject(refused(/another workflow/));
  });

  test('but not by a bundle that makes it with options', async () => {
    const workflowsPath = resolve('test/support/user-workflows/own-options.ts');
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    expect(plugin.configureWorker({ taskQueue: 'my-app', workflowBundle: { code } })).toHaveProperty('activities');
  });

  test.each([
    ['a module that exports those of the plugin', "export * from 'rookery/workflows';"],
    ['a compiled one', "Object.defineProperty(exports, 'backgroundTask', { get: () => w.backgroundTask });"],
    ['one with workflows of its own', '/** As backgroundTask. */\nexport async function other() {}'],
  ])('but not by %s', (_, text) => {
    const workflowsPath = join(directory, 'good.ts');
    writeFileSync(workflowsPath, text);
    expect(plugin.configureWorker({ taskQueue: 'my-app', workflowsPath })).toMatchObject({ workflowsPath });
  });

  test('but an activity with one of the plain names stays', () => {
    const mirror = async () => 'mine';
    const { activities } = plugin.configureWorker({ taskQueue: 'my-app', activities: { mirror } });
    expect(activities).toMatchObject({ mirror, iterate: expect.any(Function), 'rookery.mirror': expect.any(Function) });
  });
});
