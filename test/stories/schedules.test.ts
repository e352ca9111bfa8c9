/**
 * Schedules start tasks: their input is signed for the workflow ids that the server makes of the schedule's, and for no
 * others; an update that keeps or changes the input stays signed; what another client put into a schedule is never signed.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { Client, ScheduleHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES, TASK_QUEUE, type TaskInput, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { managerOf } from '../support/manager.js';
import { makeNamespace } from '../support/namespaces.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

/** A task that runs a command, which only a signed start allows. It answers each of its runs alike. */
function noting(mark: string): TaskInput {
  const wanted = ledgerCall(mark);
  const model = rig.book.add(({ messages }) =>
    messages.some(({ role }) => role === 'tool')
      ? { content: 'Done.' }
      : { calls: [{ id: 'a', name: wanted.name, args: wanted.args }] },
  );
  const choice = { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user' as const };
  return { prompt: `Note ${mark}.`, ...choice, allow: ['shell'] };
}

function create(client: Client, workflowId: string, task: unknown): Promise<ScheduleHandle> {
  return client.schedule.create({
    scheduleId: randomUUID(),
    spec: { intervals: [{ every: '1000 days' }] },
    action: { type: 'startWorkflow', workflowType: WORKFLOW_TYPE, workflowId, args: [task], taskQueue: TASK_QUEUE },
  });
}

/** The task that one trigger starts. Two triggers in one second would have one id. */
async function triggered(schedule: ScheduleHandle, before = 0): Promise<Task> {
  await schedule.trigger();
  const newest = async () => {
    const { recentActions } = (await schedule.describe()).info;
    return recentActions.length > before ? recentActions.at(-1)?.action : undefined;
  };
  const started = await until(newest, { what: 'the schedule has started a workflow' });
  if (started?.type !== 'startWorkflow') throw new Error('no workflow was started');
  return rig.task(started.workflow.workflowId);
}

describe('a schedule of a client with the plugin', () => {
  test('starts a task that completes, and whose files are listed', async () => {
    const task = await triggered(await create(rig.client, 'nightly', noting('scheduled')));
    expect(task.id).toMatch(/^nightly-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect(readLedger(rig.workspace)).toContain('scheduled');
    const name = task.id.replaceAll(':', '%3A');
    expect(readdirSync(rig.paths.tasks)).toContain(`${name}.json`);
    expect(task.file()).toMatchObject({ id: name, status: 'Completed', result: 'Done.' });
    expect((await manager.list()).tasks.find(({ id }) => id === task.id)?.status).toBe('Completed');
    expect((await manager.status(task.id)).detail.workflow?.id).toBe(task.id);
    expect(await manager.resolveId(name)).toBe(task.id);
    expect(await manager.verifyMirror([task.id])).toMatchObject([{ ok: true }]);
    // It begins when the schedule starts it, not when the schedule was made.
    expect(task.file().created_at >= task.id.slice('nightly-'.length, -1)).toBe(true);
  });

  test('stays signed when an update keeps its input, and is signed anew when one changes it', async () => {
    const schedule = await create(rig.client, 'updated', noting('first'));
    await schedule.update((now) => ({ ...now, policies: { ...now.policies, catchupWindow: '1 hour' } }));
    const first = await triggered(schedule);
    expect(await first.result()).toMatchObject({ status: 'Completed' });
    const changed = noting('second');
    await schedule.update((now) => ({
      ...now,
      action: { ...now.action, args: [{ ...now.action.args?.[0], ...changed }] },
    }));
    const started = Date.parse(first.id.slice('updated-'.length));
    await until(() => Date.now() >= started + 1_000, { what: 'the next second, which gives another id' });
    expect(await (await triggered(schedule, 1)).result()).toMatchObject({ status: 'Completed' });
    expect(readLedger(rig.workspace)).toEqual(expect.arrayContaining(['first', 'second']));
    await schedule.update((now) => ({ ...now, action: { ...now.action, workflowId: 'renamed' } }));
    expect(await (await triggered(schedule, 2)).result()).toMatchObject({ status: 'Completed' });
  });

  test('is refused where its tasks could have no files', async () => {
    for (const id of ['a/b', 'x'.repeat(220)]) {
      const message = expect.stringContaining(id.slice(0, 9));
      await expect(create(rig.client, id, noting('never'))).rejects.toMatchObject({ code: 'bad_input', message });
    }
  });
});

describe('what was signed for a schedule', () => {
  const start = (client: Client, workflowId: string, task: unknown) =>
    client.workflow.start(WORKFLOW_TYPE, { args: [task], taskQueue: TASK_QUEUE, workflowId });

  async function signedInput(mark: string): Promise<TaskInput> {
    const schedule = await create(rig.client, 'source', noting(mark));
    const { action } = await schedule.describe();
    return action.args?.[0] as TaskInput;
  }

  test.each([
    'source',
    'other-2026-11-27T10:00:00Z',
    'source-2-2026-11-27T10:00:00Z',
    'source-2026-11-27',
    'source-2026-11-27T10:00:00Z-1',
    'schedule:source',
  ])('does not start %s', async (id) => {
    const signed = await signedInput('replayed');
    expect(signed.signature?.scope).toBe('schedule:source');
    await start(rig.plain, id, signed);
    expect(await rig.task(id).failure()).toMatchObject({ type: FAILURES.refused });
    expect(readLedger(rig.workspace)).not.toContain('replayed');
  });

  test('starts nothing when its content is changed', async () => {
    const signed = await signedInput('changed');
    const schedule = await create(rig.plain, 'source', { ...signed, yes: true });
    expect(await (await triggered(schedule)).failure()).toMatchObject({ type: FAILURES.refused });
  });

  test('starts nothing in another namespace', async () => {
    const signed = await signedInput('elsewhere');
    const other = await startRig({
      namespace: await makeNamespace(rig.connection),
      plugin: { signingKeyFile: rig.paths.signingKey },
    });
    try {
      await start(other.plain, 'source-2026-11-27T10:00:00Z', signed);
      expect(await other.task('source-2026-11-27T10:00:00Z').failure()).toMatchObject({ type: FAILURES.refused });
    } finally {
      await other.stop();
    }
  });

  test('begins each of its tasks once', async () => {
    const task = await triggered(await create(rig.client, 'once', noting('one-time')));
    await task.result();
    const input = (await historyInput(task.id)) as TaskInput;
    await start(rig.plain, task.id, input);
    await until(async () => (await task.status()).reason?.startsWith('restarted from outside'), { what: 'it waits' });
    expect(readLedger(rig.workspace).filter((line) => line === 'one-time')).toHaveLength(1);
    await task.handle.terminate();
  });
});

describe('a schedule of any other client', () => {
  test('starts tasks with an input that the manager signed for it', async () => {
    const signed = await manager.signSchedule('by-hand', noting('by-hand'));
    const task = await triggered(await create(rig.plain, 'by-hand', signed));
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect(readLedger(rig.workspace)).toContain('by-hand');
    await expect(manager.signSchedule('a/b', noting('never'))).rejects.toMatchObject({ code: 'bad_input' });
  });

  test('starts nothing', async () => {
    const schedule = await create(rig.plain, 'unsigned', noting('unsigned'));
    expect(await (await triggered(schedule)).failure()).toMatchObject({ type: FAILURES.refused });
  });

  test('is not signed by an update of a client with the plugin', async () => {
    const foreign = await create(rig.plain, 'foreign', noting('foreign'));
    const schedule = rig.client.schedule.getHandle(foreign.scheduleId);
    await schedule.update((now) => ({ ...now, policies: { ...now.policies, catchupWindow: '1 hour' } }));
    await expect(
      schedule.update((now) => ({
        ...now,
        action: { ...now.action, args: [{ ...now.action.args?.[0], prompt: 'Mine.' }] },
      })),
    ).rejects.toMatchObject({ cause: { code: 'unsigned', message: expect.stringContaining(foreign.scheduleId) } });
    expect(await (await triggered(schedule)).failure()).toMatchObject({ type: FAILURES.refused });
    expect(readLedger(rig.workspace)).not.toContain('foreign');
  });
});

// ---

async function historyInput(workflowId: string): Promise<unknown> {
  const { events } = await rig.plain.workflow.getHandle(workflowId).fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return JSON.parse(Buffer.from(payload?.data ?? '').toString());
}
