/**
 * A busy machine: worker, event loop or server stand still while models are asked, for longer than a heartbeat may be late.
 * No model is asked twice.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adoptWith } from '../compat/adopting.js';
import { put, theirCheckpoint, theirTask } from '../compat/ravenclaws.js';
import { inOrder } from '../support/book.js';
import { managerOf } from '../support/manager.js';
import { type OwnServer, startOwnServer } from '../support/own-server.js';
import { LONG } from '../support/random.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

const TASKS = LONG ? 75 : 15;
const STALLS = LONG ? 3 : 1;
/** Longer than the heartbeat timeout of an iteration. */
const STALL_MS = 12_000;

let directory: string;
let server: OwnServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rookery-stalls-'));
  server = await startOwnServer({ workdir: directory });
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

describe.concurrent('one host stalls', () => {
  test('its worker is frozen: each task asks its model once', ({ expect }) =>
    stalled(async (worker) => freeze(worker.pid)).then((counts) => expect(counts).toEqual(ONCE)));

  test('the event loop of its worker is blocked: each task asks its model once', ({ expect }) =>
    stalled(block).then((counts) => expect(counts).toEqual(ONCE)));
});

test('the server is frozen: each task asks its model once', async () => {
  expect(await stalled(() => freeze(server.pid))).toEqual(ONCE);
});

// ---

const ONCE = Array.from({ length: TASKS }, () => 1);

/** @returns how many requests each of the adopted tasks made, which are stalled while they ask */
async function stalled(stall: (worker: WorkerProcess) => Promise<void>): Promise<number[]> {
  const rig = await startRig({ address: server.address, worker: false });
  const { address, namespace, workspace, paths } = rig;
  const worker = await spawnWorker({ address, namespace, workspace, workdir: paths.workdir, blockMs: STALL_MS });
  try {
    const tasks = await adoptAll(rig);
    const asked = (): number => tasks.filter((task) => task.requests().length > 0).length;
    for (let n = 0, before = 0; n < STALLS; n++, before = asked()) {
      await until(() => asked() > before || asked() === TASKS, { what: 'a model is asked' });
      await stall(worker);
    }
    for (const task of tasks) expect(await task.result()).toMatchObject({ status: 'Completed' });
    return tasks.map((task) => task.requests().length);
  } finally {
    await worker.kill();
    await rig.stop();
  }
}

async function adoptAll(rig: Rig): Promise<Task[]> {
  const adopt = adoptWith(rig, await managerOf(rig));
  const ids = Array.from({ length: TASKS }, (_, n) => `theirs-${n}`);
  for (const id of ids) put(rig.paths, theirTask(id), theirCheckpoint(id, 0, []));
  return Promise.all(ids.map((id) => adopt(id, inOrder({ content: 'FINAL: It is 2026.', delayMs: 1_000 }))));
}

async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await pause(STALL_MS);
  process.kill(pid, 'SIGCONT');
}

async function block(worker: WorkerProcess): Promise<void> {
  worker.signal('SIGUSR2');
  await pause(STALL_MS);
}
