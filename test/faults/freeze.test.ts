/** A suspended machine: server and worker are frozen for a while during an unsafe call, and continue as if nothing happened. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { type OwnServer, startOwnServer } from '../support/own-server.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

const FROZEN_MS = 15_000;

let directory: string;
let server: OwnServer;
let rig: Rig;
let worker: WorkerProcess;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rookery-freeze-'));
  server = await startOwnServer({ workdir: directory });
  rig = await startRig({ address: server.address, worker: false });
  const { address, namespace, workspace, paths } = rig;
  worker = await spawnWorker({ address, namespace, workspace, workdir: paths.workdir });
});
afterAll(async () => {
  await worker.kill();
  await rig.stop();
  await server.stop();
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

test('15 s of SIGSTOP during an unsafe call: the tool finishes, the task completes', async () => {
  const call = ledgerCall('begins', 'sleep 3; echo ends >> ledger.txt; echo the end');
  const task = await rig.start(inOrder({ calls: [{ id: 'a', ...call }] }, { content: 'Done.' }), { allow: ['shell'] });
  await until(() => readLedger(rig.workspace).length === 1, { what: 'the tool runs' });
  for (const freeze of [() => worker.signal('SIGSTOP'), () => process.kill(server.pid, 'SIGSTOP')]) freeze();
  await pause(FROZEN_MS);
  for (const thaw of [() => process.kill(server.pid, 'SIGCONT'), () => worker.signal('SIGCONT')]) thaw();
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
  expect(readLedger(rig.workspace)).toEqual(['begins', 'ends']);
  const results = (await task.transcript()).filter(({ role }) => role === 'tool');
  expect(results).toMatchObject([{ outcome: 'ok', content: 'the end\n' }]);
  expect(task.requests()).toHaveLength(2);
});
