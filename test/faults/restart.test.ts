/** A worker told to stop, as a deployment does it: what runs is finished first, and nothing is asked or run twice. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { scriptedAgent } from '../support/llm-server.js';
import { chance, LONG, SEEDS } from '../support/random.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

const RESTARTS = LONG ? 50 : 2;
const AT_ONCE = 2;
const CALLS = 5;

let rig: Rig;
let worker: WorkerProcess;
const start = async (): Promise<void> => {
  const { address, namespace, workspace, paths } = rig;
  worker = await spawnWorker({ address, namespace, workspace, workdir: paths.workdir });
};
beforeAll(async () => {
  rig = await startRig({ worker: false });
  await start();
});
afterAll(async () => {
  await worker.kill();
  await rig.stop();
});

/** Drained: it ended by itself, and had nothing to say. */
async function stop(): Promise<void> {
  worker.signal('SIGTERM');
  expect(await worker.ended).toEqual({ code: 0, signal: null, said: '' });
}

test('SIGTERM lets a model call end and its reply be accepted', async () => {
  const task = await rig.start(inOrder({ content: 'Late, but there.', delayMs: 2_000 }));
  await until(() => task.requests().length === 1, { what: 'the model is asked' });
  await stop();
  await start();
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Late, but there.' });
  expect(task.requests()).toHaveLength(1);
});

test('SIGTERM lets a tool end, and its result reach the model', async () => {
  const call = ledgerCall('begins', 'sleep 2; echo ends >> ledger.txt; echo the end');
  const task = await rig.start(inOrder({ calls: [{ id: 'a', ...call }] }, { content: 'Done.' }), { allow: ['shell'] });
  await until(() => readLedger(rig.workspace).includes('begins'), { what: 'the tool runs' });
  await stop();
  await start();
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
  expect(readLedger(rig.workspace)).toEqual(['begins', 'ends']);
  expect((await task.transcript()).filter(({ role }) => role === 'tool')).toMatchObject([{ outcome: 'ok' }]);
});

test.runIf(LONG)(
  'what outlasts the 30 s of grace: the model is asked again, the tool is ended and the model told that the outcome is unknown',
  { timeout: 120_000 },
  async () => {
    const call = ledgerCall('endless', 'sleep 60; echo over >> ledger.txt');
    const tool = await rig.start(inOrder({ calls: [{ id: 'a', ...call }] }, { content: 'So be it.' }), {
      allow: ['shell'],
    });
    const model = await rig.start(inOrder({ content: 'Never heard.', delayMs: 60_000 }, { content: 'Heard.' }));
    await until(() => readLedger(rig.workspace).includes('endless') && model.requests().length === 1, {
      what: 'both are at work',
    });
    await stop();
    await start();
    expect(await tool.result()).toMatchObject({ status: 'Completed', result: 'So be it.', iterations: 2 });
    expect((await tool.transcript()).filter(({ role }) => role === 'tool')).toMatchObject([{ outcome: 'unknown' }]);
    expect(readLedger(rig.workspace)).not.toContain('over');
    expect(await model.result()).toMatchObject({ status: 'Completed', result: 'Heard.', iterations: 1 });
    expect(model.requests()).toHaveLength(2);
  },
);

test.each(LONG ? SEEDS : SEEDS.slice(1))(
  'one worker after another, under load: nothing fails, and nothing happens twice (seed %i)',
  { timeout: LONG ? 1_200_000 : 120_000 },
  async (seed) => {
    const dice = chance(seed);
    let serial = 0;
    const before = readLedger(rig.workspace).length;
    const agent = () => {
      const task = serial++;
      return scriptedAgent({
        iterations: CALLS,
        callFor: (n) => ({ id: `${task}_${n}`, ...ledgerCall(`s${seed}t${task}n${n}`, 'sleep 0.1') }),
        final: 'Done.',
      });
    };
    const tasks = [];
    for (let restart = 0; restart < RESTARTS; restart++) {
      for (let i = 0; i < AT_ONCE; i++) tasks.push(await rig.start(agent(), { allow: ['shell'] }));
      await pause(dice.below(1_500));
      await stop();
      await start();
    }
    for (const task of tasks) {
      expect(await task.result()).toMatchObject({ status: 'Completed', iterations: CALLS + 1 });
      expect(task.requests()).toHaveLength(CALLS + 1);
      const outcomes = (await task.transcript()).flatMap((m) => (m.role === 'tool' ? [m.outcome] : []));
      expect(new Set(outcomes)).toEqual(new Set(['ok']));
    }
    const lines = readLedger(rig.workspace).slice(before);
    expect(new Set(lines).size, 'no line twice').toBe(lines.length);
    expect(lines).toHaveLength(tasks.length * CALLS);
  },
);
