/** Two workers of one host: when one dies, the other fails its activities, and no heartbeat timeout has to pass. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { pidNamespace } from '../../src/files/process-identity.js';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

let rig: Rig;
let workers: WorkerProcess[];
beforeAll(async () => {
  rig = await startRig({ worker: false });
});
afterAll(() => rig.stop());
beforeEach(async () => {
  const { address, namespace, workspace, paths } = rig;
  const place = { address, namespace, workspace, workdir: paths.workdir };
  workers = await Promise.all([spawnWorker(place), spawnWorker(place)]);
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
});

/** The worker that asks the model for this task, which does not answer it. */
async function busyWorker(task: Task): Promise<WorkerProcess> {
  const find = async () => {
    const { raw } = await task.handle.describe();
    const identity = raw.pendingActivities?.[0]?.lastWorkerIdentity ?? '';
    return (
      task.requests().length > 0 && workers.find(({ pid }) => identity.startsWith(`rookery:${pid}@${hostname()}.`))
    );
  };
  return (await until(find, { what: 'a worker asks the model' })) as WorkerProcess;
}

/** Why the earlier attempts of its only activity with several attempts failed. */
async function failuresOf(task: Task): Promise<string[]> {
  const started = (await eventsOf(rig.client, task.id)).map((event) => event.activityTaskStartedEventAttributes);
  return started.flatMap((event) => event?.lastFailure?.applicationFailureInfo?.type ?? []);
}

test.each([
  ['an activity that it has noted', () => undefined],
  ['an activity that it was given and has not noted', ({ pid }: WorkerProcess) => forgetTokens(pid)],
])('the living worker takes over %s', async (_what, before) => {
  const task = await rig.start(inOrder({ content: 'Never.', delayMs: 600_000 }, { content: 'Done.' }));
  const worker = await busyWorker(task);
  before(worker);
  await worker.kill();
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Done.' });
  expect(await failuresOf(task)).toEqual(['WorkerLost']);
  expect(task.requests()).toHaveLength(2);
});

test('the death of a worker of another host with the same pid and name costs this one nothing', async () => {
  const task = await rig.start(inOrder({ content: 'Done.', delayMs: 3_000 }));
  const { pid } = await busyWorker(task);
  const note = join(rig.paths.running, '1~worker');
  const dead = { pid: 2 ** 22 + 1, started: '', space: pidNamespace(), identity: `rookery:${pid}@${hostname()}` };
  writeFileSync(note, JSON.stringify(dead));
  await until(() => !existsSync(note), { what: 'a living worker has taken the note' });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Done.' });
  expect(task.requests()).toHaveLength(1);
});

// ---

function forgetTokens(pid: number): void {
  rmSync(join(rig.paths.running, `${pid}.0~tokens`));
}
