/** The files are a projection: from Temporal alone they come back byte for byte, and no task notices. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskFile } from '../../src/domain/wire.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { Paths } from '../../src/mirror/paths.js';
import { type BareServer, startBareServer } from '../support/bare-server.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { eventsOf, runsOf } from '../support/history.js';
import { scriptedAgent } from '../support/llm-server.js';
import { LONG } from '../support/random.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { of } from '../support/sequence.js';
import { until } from '../support/until.js';
import { watch } from '../support/watcher.js';
import { managerOf, put, theirBytes, theirCheckpoint, theirTask } from './ravenclaws.js';

const MANY = LONG ? 20 : 8;
const calls = [{ id: 'a', name: 'search_files', args: { pattern: 'oak' } }];
/** Two replies with calls that run inside the next iteration, then a model call that hangs: the first round is complete. */
const hanging = (): ModelScript => inOrder({ content: 'Ich prüfe.', calls }, { calls }, { hang: true });

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

interface Bytes {
  readonly task: string | undefined;
  readonly checkpoint: string | undefined;
}

function bytesOf(paths: Paths, id: string): Bytes {
  const text = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  return { task: text(paths.task(id)), checkpoint: text(paths.checkpoint(id)) };
}

function remove({ paths }: Rig, id: string): void {
  rmSync(paths.task(id), { force: true });
  rmSync(paths.checkpoint(id), { force: true });
}

/** The files of the round in which the task now hangs. */
async function settled(at: Rig, task: Task): Promise<void> {
  await until(() => task.requests().length === 3, { what: 'the model call hangs' });
  await until(() => bytesOf(at.paths, task.id).checkpoint !== undefined, {
    what: 'the complete round is in the files',
  });
  await until(async () => (await task.status()).mirror_behind_since === null, { what: 'nothing is owed' });
}

test(`the tasks directory, deleted in the middle of ${MANY} running tasks, is back byte for byte`, async () => {
  const own = await startRig();
  const ours = await managerOf(own);
  const agent = scriptedAgent({ iterations: 3, callFor: () => ({ ...calls[0] }) as never, final: 'All done.' });
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
    expect(await verify()).toMatchObject({ ok: true, differences: [], message: 'the files are as Temporal says' });
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
      ['the task file has other bytes'],
    ],
    ['a torn file', (paths, id) => writeFileSync(paths.task(id), '{"id": "'), ['the task file is not whole']],
    [
      'another checkpoint',
      (paths, id) => edit(paths.checkpoint(id), (file) => ({ ...file, iteration: 8 })),
      ['the checkpoint file differs'],
    ],
  ])('%s, and rebuild mends it', async (_, spoil, differences) => {
    const before = bytesOf(rig.paths, task.id);
    spoil(rig.paths, task.id);
    expect(await verify()).toMatchObject({ ok: false, differences, message: 'the files differ' });
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

describe('a closed task is back byte for byte', () => {
  const ends: [string, () => Promise<Task>, Partial<TaskFile>][] = [
    [
      'completed',
      () => rig.start(inOrder({ calls }, { content: 'FINAL: Sieben “Bäume” \u{1F333}' })),
      { status: 'Completed' },
    ],
    [
      'failed',
      () => rig.start(inOrder({ status: 400, body: { error: { message: 'no\nway' } } })),
      { status: 'Failed' },
    ],
    [
      'stopped by its limit',
      () => rig.start(inOrder({ calls }), { limits: { max_iterations: 2 } }),
      { status: 'Failed' },
    ],
    ['cancelled', () => endedBy((task) => task.handle.cancel()), { status: 'Cancelled', error: null }],
    [
      'terminated',
      () => endedBy((task) => task.handle.terminate('enough')),
      { status: 'Failed', error: 'terminated from outside' },
    ],
  ];

  async function endedBy(end: (task: Task) => Promise<unknown>): Promise<Task> {
    const task = await rig.start(hanging());
    await settled(rig, task);
    await end(task);
    return task;
  }

  test.each(ends)('%s', async (_, start, shown) => {
    const task = await start();
    await task.handle.result().catch(() => undefined);
    await manager.status(task.id);
    const before = bytesOf(rig.paths, task.id);
    expect(task.file()).toMatchObject({ ...shown, checkpoint: null });
    expect(await manager.verifyMirror([task.id])).toMatchObject([{ ok: true, differences: [] }]);
    remove(rig, task.id);
    expect(await manager.rebuildMirror([task.id])).toMatchObject([{ ok: true, message: 'rebuilt' }]);
    expect(bytesOf(rig.paths, task.id)).toEqual(before);
  });

  test('terminated before any worker looked at it', async () => {
    const idle = await startRig({ worker: false });
    const ours = await managerOf(idle);
    const { id } = await ours.submit('Never begun.');
    await idle.client.workflow.getHandle(id).terminate();
    await ours.status(id);
    const before = bytesOf(idle.paths, id);
    expect(JSON.parse(before.task ?? '')).toMatchObject({ status: 'Failed', error: 'terminated from outside' });
    remove(idle, id);
    await ours.rebuildMirror([id]);
    expect(bytesOf(idle.paths, id)).toEqual(before);
    await idle.stop();
  });
});

describe('an adopted task is back byte for byte', () => {
  const ROUND = [
    { role: 'system', content: 'You are an agent.' },
    {
      role: 'user',
      content: 'Count.',
      content_parts: [{ text: 'Count.' }, { image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }],
    },
    { role: 'assistant', content: 'TOOL_CALL: shell_exec\nARGS: {"command":"ls"}' },
    { role: 'user', content: 'OBSERVATION: oak\n' },
  ];

  test.each<[string, ModelScript, boolean]>([
    ['while it runs', hanging(), false],
    ['when it has completed', inOrder({ calls }, { content: 'Done.' }), true],
  ])('%s, with its stamp, its checkpoint and what RavenClaws does not know', async (name, script, ends) => {
    const id = `theirs-${name.replaceAll(' ', '-')}`;
    const note = { exact: [1, { deep: null }], 'Schlüssel "x"': '\u2028' };
    put(rig.paths, theirTask(id, { note }), theirCheckpoint(id, 3, ROUND));
    const model = rig.book.add(script);
    const settings = { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user' as const };
    await manager.resume(id, { adopt: async () => settings });
    const task = rig.task(id, model);
    await (ends ? task.result() : settled(rig, task));
    const before = bytesOf(rig.paths, id);
    expect(before.task).toContain('"created_at": "2026-03-01T08:00:00.123456789+00:00"');
    expect(JSON.parse(before.task ?? '').note).toEqual(note);
    expect(before.checkpoint === undefined).toBe(ends);
    remove(rig, id);
    await manager.rebuildMirror([id]);
    expect(bytesOf(rig.paths, id)).toEqual(before);
  });
});

describe('over continue-as-new', () => {
  let server: BareServer;
  beforeAll(async () => {
    server = await startBareServer({ 'limit.historyCount.suggestContinueAsNew': 60 });
  });
  afterAll(() => server.stop());

  test('the last run is enough, while the task runs and when it has ended', async () => {
    const own = await startRig({ address: server.address });
    const ours = await managerOf(own);
    const agent = scriptedAgent({ iterations: 30, callFor: () => ({ ...calls[0] }) as never, final: 'Done.' });
    let go = false;
    const task = await own.start((request) => {
      const n = request.messages.filter(({ role }) => role === 'assistant').length;
      return n === 25 && !go ? { hang: true } : agent(request);
    });
    await until(() => task.requests().length === 26, { what: 'it hangs', timeoutMs: 30_000 });
    expect((await runsOf(own.client, task.id)).length).toBeGreaterThan(1);
    await until(async () => (await task.status()).mirror_behind_since === null, { what: 'nothing is owed' });
    const running = bytesOf(own.paths, task.id);
    expect(JSON.parse(running.checkpoint ?? '')).toMatchObject({ iteration: 23 });
    rmSync(own.paths.tasks, { recursive: true });
    expect(await ours.rebuildMirror()).toMatchObject([{ id: task.id, message: 'rebuilt' }]);
    expect(bytesOf(own.paths, task.id)).toEqual(running);

    go = true;
    await task.handle.cancel();
    await task.failure();
    const ended = bytesOf(own.paths, task.id);
    expect(JSON.parse(ended.task ?? '')).toMatchObject({ status: 'Cancelled', iterations: 25 });
    remove(own, task.id);
    await ours.rebuildMirror([task.id]);
    expect(bytesOf(own.paths, task.id)).toEqual(ended);
    await own.stop();
  });
});

test('a task without a workflow cannot be rebuilt, and its files are left alone', async () => {
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

test('after a Reset of a completed task the file is Running again, then forward, never back within a run', async () => {
  const own = await startRig();
  const ours = await managerOf(own);
  const agent = scriptedAgent({ iterations: 3, callFor: () => ({ ...calls[0] }) as never, final: 'Done.' });
  const watcher = await watch([own.paths.tasks]);
  const task = await own.start((request) => ({ ...agent(request), delayMs: 150 }));
  const { iterations } = await task.result();
  const first = bytesOf(own.paths, task.id);

  const decided = (await eventsOf(own.client, task.id)).filter((event) => event.workflowTaskCompletedEventAttributes);
  await own.plain.workflowService.resetWorkflowExecution({
    namespace: own.namespace,
    workflowExecution: { workflowId: task.id, runId: (await task.handle.describe()).runId },
    reason: 'a person went back',
    requestId: randomUUID(),
    workflowTaskFinishEventId: decided[1]?.eventId as never,
  });
  await until(() => task.file().status === 'Running', { what: 'the file is Running again' });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations });
  const { sightings } = await watcher.stop();

  const files = of(task.id, sightings, 'task').map(({ text }) => JSON.parse(text) as TaskFile);
  const turn = files.findIndex((file, i) => file.status === 'Running' && files[i - 1]?.status === 'Completed');
  expect(turn).toBeGreaterThan(0);
  for (const run of [files.slice(0, turn), files.slice(turn)]) {
    const statuses = run.map(({ status }) => status);
    expect(statuses.indexOf('Completed')).toBe(statuses.length - 1);
    const counts = run.map((file) => file.iterations);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  }
  expect(task.file()).toMatchObject({ status: 'Completed', iterations, created_at: files[0]?.created_at });
  expect(bytesOf(own.paths, task.id)).not.toEqual(first);
  const last = bytesOf(own.paths, task.id);
  remove(own, task.id);
  await ours.rebuildMirror([task.id]);
  expect(bytesOf(own.paths, task.id)).toEqual(last);
  await own.stop();
});
