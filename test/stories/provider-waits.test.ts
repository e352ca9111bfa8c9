/** A provider that names a time: the workflow waits for it, shows it, and a resume, a time limit or a cancel ends the wait. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEMO_PHASE, SIGNALS } from '../../src/domain/protocol.js';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import type { Script } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

const answer = { content: 'Here it is.' };
const later: Script = {
  status: 429,
  headers: { 'retry-after': '7200' },
  body: { error: { message: 'come back later' } },
};

function waitOf(task: Task): Promise<string> {
  return until(
    async () => {
      const { phase, reason } = await task.status();
      return phase === 'retrying' && reason?.includes('next try at') && reason;
    },
    { what: 'the task waits for its provider' },
  ) as Promise<string>;
}

/** The time that the reason names, in hours from now. */
function hoursUntil(reason: string): number {
  const stamp = /next try at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(reason)?.[1] ?? '';
  return Math.round((Date.parse(stamp) - Date.now()) / 3_600_000);
}

describe('a retry-after of two hours', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.stop());

  test('is a timer of the workflow, shown in status and memo; no activity waits, and a resume tries at once', async () => {
    const task = await rig.start(inOrder(later, answer));
    const reason = await waitOf(task);
    expect(reason).toContain('come back later');
    expect(hoursUntil(reason)).toBe(2);
    const description = await task.handle.describe();
    expect(description.memo?.[MEMO_PHASE]).toEqual({ phase: 'retrying', reason });
    const manager = await managerOf(rig);
    expect((await manager.status(task.id)).detail).toMatchObject({ phase: 'retrying', reason, attempt: null });
    await until(async () => (await manager.list()).tasks.find(({ id }) => id === task.id)?.detail.reason === reason, {
      what: 'the list says it too',
    });
    // The files are written beside the wait.
    await until(async () => ((await task.handle.describe()).raw.pendingActivities ?? []).length === 0, {
      what: 'no activity is pending',
    });
    expect((await manager.resume(task.id)).message).toBe('woken');
    expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Here it is.' });
    expect(task.requests()).toHaveLength(2);
    expect((await task.handle.describe()).memo?.[MEMO_PHASE]).toEqual({ phase: 'thinking', reason: null });
  });

  test('does not hold a task beyond its time limit', async () => {
    const task = await rig.start(inOrder(later), { limits: { max_time_ms: 8_000 } });
    await waitOf(task);
    expect((await task.failure()).message).toBe('Time limit of 8 s reached');
    expect(task.requests()).toHaveLength(1);
  });

  test('nor does one that is short enough for the activity', async () => {
    const short: Script = { status: 429, headers: { 'retry-after': '50' } };
    const task = await rig.start(inOrder(short), { limits: { max_time_ms: 6_000 } });
    expect((await task.failure()).message).toBe('Time limit of 6 s reached');
    expect(task.requests()).toHaveLength(1);
  });

  test('is ended by a cancel', async () => {
    const task = await rig.start(inOrder(later));
    await waitOf(task);
    await task.handle.cancel();
    expect((await task.failure()).name).toBe('CancelledFailure');
    expect(task.requests()).toHaveLength(1);
  });

  test('counts as the one error that it is: the task waits for its provider, not for a person', async () => {
    const task = await rig.start(inOrder(later, later, later, later, later, answer));
    for (let tries = 1; tries <= 5; tries++) {
      await until(() => task.requests().length === tries, { what: `try ${tries}` });
      await waitOf(task);
      await task.handle.signal(SIGNALS.resume);
    }
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect(task.requests()).toHaveLength(6);
  });
});

test('the fifth error of a scheduling is followed by its wait too, before the model is asked again', async () => {
  const rig = await startRig({ plugin: { backoffMs: 1 } });
  const fault = (ms: number): Script => ({ status: 503, headers: { 'retry-after-ms': `${ms}` } });
  const task = await rig.start(inOrder(fault(1), fault(1), fault(1), fault(1), fault(1_500), answer));
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  const [fifth, sixth] = task.requests().slice(4);
  expect((sixth?.time ?? 0) - (fifth?.time ?? 0)).toBeGreaterThanOrEqual(1_500);
  const timers = (await eventsOf(rig.client, task.id)).filter(({ timerStartedEventAttributes: timer }) => timer);
  expect(timers).toHaveLength(1);
  await rig.stop();
});

describe('retry-after 0', () => {
  test.each(['0', 'Thu, 01 Jan 2026 00:00:00 GMT'])('%s: our back-off stays the floor', async (value) => {
    const rig = await startRig({ plugin: { backoffMs: 200 } });
    const task = await rig.start(inOrder({ status: 429, headers: { 'retry-after': value } }, answer));
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    const [first, second] = task.requests();
    // The back-off varies by a quarter.
    expect((second?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThanOrEqual(150);
    await rig.stop();
  });
});

describe('a worker that is killed while the workflow waits', () => {
  let rig: Rig;
  let worker: WorkerProcess;
  const spawn = () => {
    const { address, namespace, workspace, paths } = rig;
    return spawnWorker({ address, namespace, workspace, workdir: paths.workdir });
  };
  beforeAll(async () => {
    rig = await startRig({ worker: false });
    worker = await spawn();
  });
  afterAll(async () => {
    await worker.kill();
    await rig.stop();
  });

  test('changes nothing: the next one waits for the same time, and nothing is asked before', async () => {
    const task = await rig.start(inOrder(later, answer));
    const limited = await rig.start(inOrder(later, answer), { limits: { max_time_ms: 20_000 } });
    const before = await waitOf(task);
    await waitOf(limited);
    await worker.kill();
    worker = await spawn();
    expect(await waitOf(task)).toBe(before);
    expect((await limited.failure()).message).toBe('Time limit of 20 s reached');
    expect([task, limited].map((one) => one.requests().length)).toEqual([1, 1]);
    await task.handle.signal(SIGNALS.resume);
    expect(await task.result()).toMatchObject({ status: 'Completed' });
  });
});
