/** Told of tasks: each event once, through a webhook, whatever fails; and no task waits for it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FollowEvent } from '../../src/manager/follow.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import { scheduledBy } from '../support/history.js';
import { ledgerCall } from '../support/ledger.js';
import { type NoticeReceiver, openNoticeReceiver, SECRET } from '../support/notice-receiver.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';

let receiver: NoticeReceiver;
let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  receiver = await openNoticeReceiver();
  const notify = { webhook: { url: receiver.url, secret: SECRET }, stalledMs: 4_000 };
  rig = await startRig({ plugin: { notify } });
  manager = await BackgroundTaskManager.open({ workdir: rig.paths.workdir, client: rig.client });
});
afterAll(async () => {
  await rig.stop();
  await receiver.close();
});

const told = (id: string) => receiver.of(id).map(({ notice }) => notice);
const countOf = (id: string, count: number) =>
  until(() => receiver.of(id).length === count, { what: `${count} requests have come` });

test('a call that waits for approval, then the answer: signed, each once', async () => {
  const task = await rig.start(inOrder({ calls: [{ id: 'a', ...ledgerCall('one') }] }, { content: 'All is well.' }));
  await countOf(task.id, 1);
  const [asked] = told(task.id);
  expect(asked).toMatchObject({
    ...{ type: 'needs_you', need: 'approval', title: 'Do what the script says.' },
    command: `rookery approve ${task.id}, or rookery deny ${task.id}`,
    reason: expect.stringMatching(/^approval of shell: /),
  });
  await manager.decide({ id: task.id }, { decision: 'approve' });
  await task.result();
  expect(told(task.id)).toMatchObject([{ type: 'needs_you' }, { type: 'done', result: 'All is well.' }]);
  expect(receiver.of(task.id).every(({ isSigned, id, notice }) => isSigned && id === notice.id)).toBe(true);
});

test('a key that is missing at the first request, once for all tries, and the failure of a task', async () => {
  const waiting = await rig.start(inOrder({ status: 401 }));
  await countOf(waiting.id, 1);
  const command = `rookery resume ${waiting.id}`;
  const reason = expect.stringContaining('key');
  expect(told(waiting.id)).toMatchObject([{ type: 'needs_you', need: 'person', command, reason }]);
  await manager.resume(waiting.id);
  await until(() => waiting.requests().length === 2, { what: 'it is tried again' });
  await until(async () => (await waiting.status()).phase === 'waiting_person', { what: 'it waits again' });
  const failing = await rig.start(inOrder({ calls: [{ id: 'a', name: 'list_files', args: {} }] }), {
    limits: { max_iterations: 1 },
  });
  await failing.failure();
  expect(told(failing.id)).toMatchObject([{ type: 'failed', error: 'Iteration limit of 1 reached' }]);
  await waiting.handle.cancel();
  await waiting.failure();
  expect(told(waiting.id)).toHaveLength(1);
});

test('another need at the same iteration is another event, and each of its tries is not', async () => {
  const broke = { status: 402, body: { error: { message: 'out of credit' } } };
  const task = await rig.start(inOrder({ status: 401 }, broke, broke));
  await countOf(task.id, 1);
  await manager.resume(task.id);
  await countOf(task.id, 2);
  await manager.resume(task.id);
  await until(() => task.requests().length === 3, { what: 'it is tried once more' });
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'it waits again' });
  await task.handle.cancel();
  await task.failure();
  expect(told(task.id)).toMatchObject([
    { type: 'needs_you', need: 'person', reason: expect.stringContaining('401') },
    { type: 'needs_you', need: 'person', reason: expect.stringContaining('402') },
  ]);
});

test('most of the time that passes while a call waits for approval is told then, and in the events', async () => {
  const task = await rig.start(inOrder({ calls: [{ id: 'a', ...ledgerCall('slow') }] }, { content: 'Done.' }), {
    ...{ limits: { max_time_ms: 4_000 }, on_limit: 'ask' },
  });
  await countOf(task.id, 3);
  const notices = told(task.id).map((notice) => [notice.type, 'reason' in notice && notice.reason]);
  expect(notices).toEqual(
    expect.arrayContaining([
      ['needs_you', expect.stringMatching(/^approval of shell/)],
      ['limit', expect.stringMatching(/^[89]\d % of the time limit is used$/)],
      ['needs_you', 'Time limit of 4 s reached'],
    ]),
  );
  const stop = new AbortController();
  const limits: unknown[] = [];
  const onEvent = (event: FollowEvent) => {
    if (event.type === 'limit') limits.push([event.kind, event.state]);
    if (limits.length === 2) stop.abort();
  };
  await manager.follow(task.id, { onEvent, signal: stop.signal }).catch(() => undefined);
  expect(limits).toEqual([
    ['time', 'warning'],
    ['time', 'reached'],
  ]);
  await task.handle.cancel();
  await task.failure();
});

test('a limit of which most is used, once, and the limit itself with the command that raises it', async () => {
  const list = { calls: [{ id: 'a', name: 'list_files', args: {} }] };
  const task = await rig.start(inOrder(list, list, list, list, { content: 'Done.' }), {
    limits: { max_iterations: 5 },
    on_limit: 'ask',
  });
  await task.result();
  const command = `rookery raise ${task.id} --max-iterations 10`;
  expect(told(task.id)).toMatchObject([
    { type: 'limit', reason: '80 % of the iteration limit is used', command },
    { type: 'done' },
  ]);
  const waiting = await rig.start(inOrder(list), { limits: { max_iterations: 1 }, on_limit: 'ask' });
  await countOf(waiting.id, 1);
  expect(told(waiting.id)).toMatchObject([
    { type: 'needs_you', need: 'limit', command: expect.stringContaining('--max-iterations 2') },
  ]);
  await waiting.handle.cancel();
  await waiting.failure();
});

test('a receiver that fails three times gets the event a fourth time, with the same id', async () => {
  receiver.answers.push(500, 503, 429);
  const task = await rig.start(inOrder({ content: 'Done.' }));
  await task.result();
  await countOf(task.id, 4);
  expect(new Set(receiver.of(task.id).map(({ id }) => id)).size).toBe(1);
});

test('a receiver that never answers holds no task', async () => {
  const shell = { id: 'a', ...ledgerCall('two') };
  receiver.answers.push('hang', 'hang');
  const task = await rig.start(inOrder({ calls: [shell] }, { content: 'Done.' }));
  await countOf(task.id, 1);
  await until(async () => (await manager.approvals(task.id)).length === 1, { what: 'it waits' });
  await manager.decide({ id: task.id }, { decision: 'approve' });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(task.file()).toMatchObject({ status: 'Completed' });
});

describe('what no workflow tells', () => {
  test('a task that was terminated', async () => {
    const task = await rig.start(inOrder({ hang: true }));
    await until(() => task.requests().length === 1, { what: 'it works' });
    await task.handle.terminate('enough');
    const worker = await rig.startWorker();
    await countOf(task.id, 1);
    expect(told(task.id)).toMatchObject([{ type: 'failed', error: expect.stringContaining('terminated') }]);
    await worker.stop();
  });

  test('a task that was terminated, whose file a command had repaired before; with its name', async () => {
    const task = await rig.start(inOrder({ hang: true }), { name: 'nightly build' });
    await until(() => task.requests().length === 1, { what: 'it works' });
    await task.handle.terminate('enough');
    const isRepaired = async () =>
      (await manager.status(task.id)).status === 'Failed' && task.file().status === 'Failed';
    await until(isRepaired, { what: 'its file is repaired' });
    const worker = await rig.startWorker();
    await countOf(task.id, 1);
    await worker.stop();
    expect(told(task.id)).toMatchObject([
      { type: 'failed', title: 'nightly build', error: expect.stringMatching(/: enough$/) },
    ]);
  });

  test('a task that does not move: once for each standstill', async () => {
    const task = await rig.start(
      inOrder(
        { calls: [{ id: 'a', name: 'list_files', args: {} }] },
        { status: 429, headers: { 'retry-after': '50' } },
      ),
    );
    await countOf(task.id, 1);
    expect(told(task.id)).toMatchObject([
      { type: 'stalled', reason: expect.stringMatching(/^nothing has changed since /) },
    ]);
    await task.handle.cancel();
    await task.failure();
    expect(receiver.of(task.id)).toHaveLength(1);
  });
});

test('a task without a notifier has no activity for it', async () => {
  const silent = await startRig();
  const task = await silent.start(inOrder({ content: 'Done.' }));
  await task.result();
  expect((await scheduledBy(silent.client, task.id)).map(({ activity }) => activity)).toEqual(['iterate', 'mirror']);
  await silent.stop();
});
