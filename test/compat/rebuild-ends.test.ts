/** However a task ended, and wherever it began: its files come back byte for byte from Temporal alone. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskFile } from '../../src/domain/wire.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { type BareServer, startBareServer } from '../support/bare-server.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { eventsOf, runsOf } from '../support/history.js';
import { scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { resetWorkflow, resumeRestarted } from '../support/reset.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { of } from '../support/sequence.js';
import { until } from '../support/until.js';
import { watch } from '../support/watcher.js';
import { bytesOf, CALLS, hanging, remove, settled, untilShown } from './hanging.js';
import { put, theirCheckpoint, theirTask } from './ravenclaws.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

describe('a closed task is back byte for byte', () => {
  const ends: [string, () => Promise<Task>, Partial<TaskFile>][] = [
    [
      'completed',
      () => rig.start(inOrder({ calls: CALLS }, { content: 'FINAL: Sieben “Bäume” \u{1F333}' })),
      { status: 'Completed' },
    ],
    [
      'failed',
      () => rig.start(inOrder({ status: 400, body: { error: { message: 'no\nway' } } })),
      { status: 'Failed' },
    ],
    [
      'stopped by its limit',
      () => rig.start(inOrder({ calls: CALLS }), { limits: { max_iterations: 2 } }),
      { status: 'Failed' },
    ],
    ['cancelled', () => endedBy((task) => task.handle.cancel()), { status: 'Cancelled', error: null }],
    [
      'terminated',
      () => endedBy((task) => task.handle.terminate('enough')),
      { status: 'Failed', error: expect.stringMatching(/^terminated from outside by .+@.+: enough$/) as string },
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
    expect(JSON.parse(before.task ?? '')).toMatchObject({
      status: 'Failed',
      error: expect.stringMatching(/^terminated from outside by .+@/),
    });
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
    ['when it has completed', inOrder({ calls: CALLS }, { content: 'Done.' }), true],
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
    const agent = scriptedAgent({ iterations: 30, callFor: () => CALLS[0], final: 'Done.' });
    let go = false;
    const task = await own.start((request) => {
      const n = request.messages.filter(({ role }) => role === 'assistant').length;
      return n === 25 && !go ? { hang: true } : agent(request);
    });
    await until(() => task.requests().length === 26, { what: 'it hangs' });
    expect((await runsOf(own.client, task.id)).length).toBeGreaterThan(1);
    await untilShown(own, task);
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

test('after a Reset of a completed task the file is Running again, then forward, never back within a run', async () => {
  const own = await startRig();
  const ours = await managerOf(own);
  const agent = scriptedAgent({ iterations: 3, callFor: () => CALLS[0], final: 'Done.' });
  const watcher = await watch([own.paths.tasks]);
  const task = await own.start((request) => ({ ...agent(request), delayMs: 150 }));
  const { iterations } = await task.result();
  const first = bytesOf(own.paths, task.id);

  const decided = (await eventsOf(own.client, task.id)).filter((event) => event.workflowTaskCompletedEventAttributes);
  await resetWorkflow(own, task, decided[1]?.eventId);
  await resumeRestarted(own, task);
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
