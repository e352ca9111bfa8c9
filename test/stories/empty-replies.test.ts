/** Empty replies: asked again, then with a reminder, five in all; each one is paid for. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HeartbeatDetails } from '../../src/domain/activity-calls.js';
import { EMPTY_NUDGE } from '../../src/domain/own-turns.js';
import { values } from '../../src/manager/history.js';
import { inOrder } from '../support/book.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker } from '../support/worker-process.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ plugin: { backoffMs: 5 } });
});
afterAll(() => rig.stop());

const usage = { input: 100, output: 10 };
const empty = { content: '', usage };
const answer = { content: 'Here it is.', usage };

test('after two empty replies the request ends with a reminder, which the conversation does not keep', async () => {
  const task = await rig.start(inOrder(empty, empty, empty, answer));
  const result = await task.result();
  expect(result).toMatchObject({ status: 'Completed', result: 'Here it is.', iterations: 1 });
  const asked = task.requests().map(({ messages }) => JSON.stringify(messages).includes(EMPTY_NUDGE));
  expect(asked).toEqual([false, false, true, true]);
  expect(JSON.stringify(await task.transcript())).not.toContain(EMPTY_NUDGE);
  expect(result.usage).toMatchObject({ input_tokens: 400, output_tokens: 40, total_tokens: 440 });
});

test('after five the task waits for a person; the tokens are counted, and a resume asks again', async () => {
  let silent = true;
  const task = await rig.start(() => (silent ? empty : answer));
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
  const { record, reason } = await task.status();
  expect(reason).toMatch(/sent an empty reply .*5 times in a row$/);
  expect(record.usage.total_tokens).toBe(550);
  expect(task.requests()).toHaveLength(5);
  silent = false;
  await task.handle.signal('resume');
  expect(await task.result()).toMatchObject({ status: 'Completed', usage: { total_tokens: 660 } });
});

test('the tokens of empty replies count for the limit: a resume does not spend more', async () => {
  const task = await rig.start(inOrder(empty), { limits: { max_total_tokens: 500 } });
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
  await task.handle.signal('resume');
  expect((await task.failure()).message).toBe('Token limit of 500 reached');
  expect(task.requests()).toHaveLength(5);
});

test('an empty reply before another error is paid for, also by the attempt that follows', async () => {
  const task = await rig.start(inOrder(empty, empty, { status: 503 }, answer));
  const result = await task.result();
  expect(result).toMatchObject({ status: 'Completed', usage: { total_tokens: 330 } });
  const asked = task.requests().map(({ messages }) => JSON.stringify(messages).includes(EMPTY_NUDGE));
  expect(asked).toEqual([false, false, true, true]);
});

test('a worker that is killed after empty replies: their tokens count, and the next one begins a new row', async () => {
  const own = await startRig({ worker: false });
  const { address, namespace, workspace, paths } = own;
  const spawn = () => spawnWorker({ address, namespace, workspace, workdir: paths.workdir, backoffMs: 5 });
  let worker = await spawn();
  const task = await own.start(inOrder(empty, empty, { hang: true }, answer));
  await until(() => task.requests().length === 3, { what: 'the third request hangs' });
  await until(() => rejectedIn(task), { what: 'the server knows of the empty replies' });
  await worker.kill();
  worker = await spawn();
  expect(await task.result()).toMatchObject({ status: 'Completed', usage: { total_tokens: 330 } });
  const asked = task.requests().map(({ messages }) => JSON.stringify(messages).includes(EMPTY_NUDGE));
  expect(asked).toEqual([false, false, true, false]);
  await worker.kill();
  await own.stop();
});

// ---

/** The last heartbeat of the iteration tells of two empty replies. */
async function rejectedIn(task: Task): Promise<boolean> {
  const { raw } = await task.handle.describe();
  return (raw.pendingActivities ?? []).some(({ heartbeatDetails }) => {
    const [details] = values(heartbeatDetails) as [HeartbeatDetails | undefined];
    return details?.rejected?.empty === 2;
  });
}
