/** kill -9 of the worker in the middle of an agent that is a step of a user's workflow: nothing is lost, nothing runs twice. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TASK_QUEUE } from '../../src/domain/protocol.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { scriptedAgent } from '../support/llm-server.js';
import { chance, LONG, SEEDS } from '../support/random.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';
import { bundleOf } from '../support/user-bundle.js';
import { spawnWorker, type WorkerPlace, type WorkerProcess } from '../support/worker-process.js';

const ITERATIONS = LONG ? 12 : 5;
const KILLS = LONG ? 4 : 2;
/** The short run has one, another each time. */
const RUNS = LONG ? SEEDS : SEEDS.slice(1);

let rig: Rig;
let place: WorkerPlace;
let worker: WorkerProcess | undefined;
beforeAll(async () => {
  rig = await startRig({ worker: false });
  place = {
    ...{ address: rig.address, namespace: rig.namespace, workdir: rig.paths.workdir, workspace: rig.workspace },
    bundle: await bundleOf('agents.ts', rig.workspace),
    trustedParents: ['research'],
    defaultChoice: { provider: 'demo', model: 'demo' },
    sandbox: 'off',
  };
});
afterAll(async () => {
  await worker?.kill();
  await rig.stop();
});

test.each(RUNS)('with seed %i it completes, and each call has one line or an unknown outcome', async (seed) => {
  const dice = chance(seed);
  const agent = scriptedAgent({
    iterations: ITERATIONS,
    callFor: (n) => ledgerCall(`seed-${seed}-call-${n}`, 'sleep 0.2'),
    final: 'Done.',
  });
  const model = rig.book.add((request) => ({ ...agent(request), delayMs: 50 }));
  const choice = { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user' as const };
  const workflowId = randomUUID();
  worker = await spawnWorker(place);
  const args = [{ prompt: 'Note each.', ...choice, allow: ['shell'] }];
  const handle = await rig.plain.workflow.start('research', { args, taskQueue: TASK_QUEUE, workflowId });
  const task = rig.task(workflowId, model);
  for (let kill = 1; kill <= KILLS; kill++) {
    const asked = task.requests().length + 1 + dice.below(2);
    await until(() => task.requests().length >= asked, { what: `request ${asked}` });
    // Anywhere between a request and the end of the call that its reply asks for.
    await pause(dice.below(300));
    await worker.kill();
    worker = await spawnWorker(place);
  }
  expect(await handle.result()).toBe('before, Done., after');
  expect(task.file()).toMatchObject({ status: 'Completed', iterations: ITERATIONS + 1 });
  const messages = await task.transcript();
  const lines = readLedger(rig.workspace).filter((line) => line.startsWith(`seed-${seed}-`));
  expect(new Set(lines).size, 'no line twice').toBe(lines.length);
  const outcomes = messages.flatMap((message) => (message.role === 'tool' ? [message.outcome] : []));
  expect(outcomes).toHaveLength(ITERATIONS);
  expect(outcomes.filter((outcome) => outcome === 'ok').length).toBeLessThanOrEqual(lines.length);
  expect(lines.length).toBeGreaterThanOrEqual(ITERATIONS - outcomes.filter((outcome) => outcome === 'unknown').length);
  await worker.kill();
});
