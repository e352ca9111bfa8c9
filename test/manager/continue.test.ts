/**
 * Going on with a task that has ended: the same workflow id, conversation, limits and spend, exactly once, and nothing that
 * has been begun runs again.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import { FILE_FIELDS } from '../../src/domain/wire.js';
import type { FollowEvent } from '../../src/manager/follow.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { expectEvents, expectStatus } from '../cli/schemas.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import type { LlmRequest, ScriptReply } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { resetWorkflow } from '../support/reset.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

const usage = { input: 90, output: 10 };
const answer = (content: string): ScriptReply => ({ content, usage });
const listing = (id: string): ScriptReply => ({ calls: [{ id, name: 'list_files', args: {} }], usage });
const shell = (line: string, then?: string): ScriptReply => ({
  calls: [{ id: line, ...ledgerCall(line, then) }],
  usage,
});
const allow: Partial<TaskInput> = { allow: ['shell'] };
const linesOf = (line: string): number => readLedger(rig.workspace).filter((one) => one === line).length;
const textsOf = (request: LlmRequest | undefined): string[] =>
  (request?.messages ?? []).map(
    ({ role, content }) => `${role}: ${typeof content === 'string' ? content : JSON.stringify(content)}`,
  );

/** Of the run that continues it. */
async function resultAfter(task: Task): Promise<unknown> {
  return rig.client.workflow.getHandle(task.id).result();
}

async function follow(id: string, since?: string): Promise<FollowEvent[]> {
  const events: FollowEvent[] = [];
  await manager.follow(id, { ...(since === undefined ? {} : { since }), onEvent: (event) => events.push(event) });
  return events.filter(({ type }) => type !== 'text');
}

describe('a message to a completed task', () => {
  test('goes on with its conversation, limits and spend, under the same id', async () => {
    const task = await rig.start(inOrder(listing('a'), answer('One file.'), answer('It is empty.')));
    await task.result();
    const before = task.file();
    const source = await task.handle.describe();
    const sent = await manager.continueTask(task.id, { text: 'And what is in it?' });
    expect(sent).toMatchObject({ id: task.id, from: { id: task.id, run: source.runId, iteration: 2 }, lost: null });
    expect(await resultAfter(task)).toMatchObject({
      status: 'Completed',
      result: 'It is empty.',
      iterations: 3,
      usage: { input_tokens: 270, output_tokens: 30, total_tokens: 300 },
    });
    expect(textsOf(task.requests()[2]).slice(-2)).toEqual(['assistant: One file.', 'user: And what is in it?']);
    const after = task.file();
    expect(after).toMatchObject({ ...before, result: 'It is empty.', iterations: 3, updated_at: after.updated_at });
    expect(Object.keys(after)).toEqual(FILE_FIELDS);
    expect(after.updated_at > before.updated_at).toBe(true);
  });

  test('shows in status, follow and verify', async () => {
    const task = await rig.start(inOrder(answer('First.'), answer('Second.'), answer('Third.')));
    await task.result();
    const first = await follow(task.id);
    for (const text of ['Again?', 'Once more?']) {
      await manager.continueTask(task.id, { text });
      await resultAfter(task);
    }
    const status = await manager.status(task.id);
    expectStatus(status);
    expect(status.detail.from).toMatchObject({ id: task.id, iteration: 2, kind: 'send' });
    const cursor = (first.at(-1) as { cursor: string }).cursor;
    const later = await follow(task.id, cursor);
    expectEvents(later);
    expect(later.map(({ type }) => type)).toEqual(['retry', 'iteration', 'retry', 'iteration', 'end']);
    expect(later[0]).toMatchObject({ iteration: 1, text: 'Again?' });
    expect(await manager.verifyMirror([task.id])).toMatchObject([{ ok: true, differences: [] }]);
  });

  test('is refused while it runs, and for a start that another person signed', async () => {
    const task = await rig.start(inOrder({ hang: true }));
    await until(() => task.requests().length > 0, { what: 'the model is asked' });
    await expect(manager.continueTask(task.id, { text: 'Hello?' })).rejects.toThrow('has not ended');
    const forged = 'start-of-another';
    await rig.plain.workflow.start('backgroundTask', {
      ...{ workflowId: forged, taskQueue: 'rookery', args: [{ prompt: 'Delete everything.', allow: ['shell'] }] },
    });
    await expect(rig.client.workflow.getHandle(forged).result()).rejects.toThrow();
    for (const going of [
      () => manager.continueTask(forged, { text: 'Go.' }),
      () => manager.retry(forged),
      () => manager.rerun(forged),
      () => manager.fork(forged, { iteration: 0 }),
    ])
      await expect(going()).rejects.toThrow('is not signed with the key here');
  });
});

test('a new run that no worker has taken yet is shown as running', async () => {
  const alone = await startRig({ worker: false });
  try {
    const by = await managerOf(alone);
    const worker = await alone.startWorker();
    const task = await alone.start(inOrder(answer('First.'), answer('Second.')));
    await task.result();
    await worker.stop();
    await by.continueTask(task.id, { text: 'Go on.' });
    expect(await by.status(task.id)).toMatchObject({ status: 'Running', result: null });
    expect(task.file()).toMatchObject({ status: 'Completed', result: 'First.' });
    await until(async () => (await by.list()).tasks.find(({ id }) => id === task.id)?.status === 'Running', {
      what: 'the list shows it',
    });
    await alone.startWorker();
    expect(await alone.client.workflow.getHandle(task.id).result()).toMatchObject({ result: 'Second.' });
  } finally {
    await alone.stop();
  }
});

test('a message to a cancelled task is read before anything that was cancelled could run', async () => {
  const task = await rig.start(inOrder(shell('cancelled-call', 'sleep 60'), answer('Understood.')), allow);
  await until(() => linesOf('cancelled-call') === 1, { what: 'the command runs' });
  await manager.cancel(task.id);
  await manager.continueTask(task.id, { text: 'Do not do that.' });
  expect(await resultAfter(task)).toMatchObject({ status: 'Completed', result: 'Understood.', iterations: 2 });
  expect(linesOf('cancelled-call')).toBe(1);
  const [observation, said] = textsOf(task.requests().at(-1)).slice(-2);
  expect(observation).toMatch(/^tool: .*(outcome unknown|nterrupted)/s);
  expect(said).toBe('user: Do not do that.');
});

test('a Reset of the new run is held back, as of any other, and follow reports it', async () => {
  const task = await rig.start(inOrder(answer('First.'), listing('b'), answer('Second.'), answer('Third.')));
  await task.result();
  await manager.continueTask(task.id, { text: 'Go on.' });
  await resultAfter(task);
  const { events = [] } = (await task.handle.fetchHistory()) ?? {};
  const asked = events?.findLast(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.activityType?.name?.endsWith('iterate'),
  );
  const before = events?.findLast(
    (event) => Number(event.eventId) < Number(asked?.eventId) && event.workflowTaskCompletedEventAttributes,
  );
  await resetWorkflow(rig, task, before?.eventId);
  await until(async () => (await manager.status(task.id)).detail.phase === 'waiting_person', { what: 'it waits' });
  expect(task.file()).toMatchObject({ status: 'Completed' });
  await manager.resume(task.id);
  await resultAfter(task);
  expect(task.file()).toMatchObject({ status: 'Completed', iterations: 3 });
  expect((await follow(task.id)).filter(({ type }) => type === 'rewound')).toHaveLength(1);
  expect(await manager.verifyMirror([task.id])).toMatchObject([{ ok: true }]);
});

test('a replay of an old start runs nothing, after a new run as before', async () => {
  const task = await rig.start(inOrder(answer('First.'), answer('Second.'), answer('Never.')));
  await task.result();
  const { runId: first } = await task.handle.describe();
  const { workflow } = await manager.continueTask(task.id, { text: 'Go on.' });
  await resultAfter(task);
  for (const runId of [first, workflow?.run_id]) {
    const { events } = await rig.client.workflow.getHandle(task.id, runId).fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const input = JSON.parse(Buffer.from(payload?.data ?? []).toString()) as TaskInput;
    await rig.plain.workflow.start('backgroundTask', {
      ...{ workflowId: task.id, taskQueue: 'rookery', args: [input], workflowIdReusePolicy: 'ALLOW_DUPLICATE' },
    });
    await until(
      async () => (await task.status().catch(() => undefined))?.reason?.startsWith('restarted from outside'),
      {
        what: 'the replay waits',
      },
    );
    await rig.client.workflow.getHandle(task.id).terminate();
  }
  expect(task.requests()).toHaveLength(2);
});
