/** Tasks that are controlled at random moments while their worker is killed again and again: each history replays. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { type LlmRequest, type ScriptReply, scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { quiet } from '../support/quiet.js';
import { type Chance, chance, SCALE, SEEDS } from '../support/random.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

const TASKS = 12;
const KILLS = Math.max(4, Math.round(60 * SCALE));

let rig: Rig;
let manager: BackgroundTaskManager;
let worker: WorkerProcess;
const start = async (): Promise<void> => {
  const { address, namespace, workspace, paths } = rig;
  worker = await spawnWorker({ address, namespace, workspace, workdir: paths.workdir });
};
beforeAll(async () => {
  await quiet();
  rig = await startRig({ worker: false });
  manager = await managerOf(rig);
  await start();
});
afterAll(async () => {
  await worker.kill();
  await rig.stop();
});

test(`after ${KILLS} kills`, { timeout: 3_600_000 }, async () => {
  const random = chance(SEEDS[1] ?? 1);
  const agent = scriptedAgent({ iterations: 500, callFor: () => ({ name: 'list_files', args: {} }), final: 'Done.' });
  const slowly = (request: LlmRequest): ScriptReply => ({ ...agent(request), delayMs: random.below(400) });
  const limits = { max_iterations: 500 };
  const tasks = await Promise.all(Array.from({ length: TASKS }, () => rig.start(slowly, { limits })));
  const control = controlAtRandom(tasks, random);
  for (let kill = 0; kill < KILLS; kill++) {
    await pause(500 + random.below(2_500));
    await worker.kill();
    await pause(random.below(300));
    await start();
  }
  await control.stop();
  await Promise.all(tasks.map(({ handle }) => handle.terminate()));
  const code = readFileSync(inject('bundle'), 'utf8');
  for (const { id, handle } of tasks) {
    const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
    await Worker.runReplayHistory({ workflowBundle: { code } }, history, id);
  }
  expect(control.sent()).toBeGreaterThan(TASKS);
});

// ---

/** Each of the verbs asks the workflow for the state that it has then: those questions wait for the next worker as well. */
function controlAtRandom(tasks: readonly Task[], random: Chance) {
  const sent: Promise<unknown>[] = [];
  let running = true;
  const one = ({ id }: Task): Promise<unknown> => {
    const ways = [
      () => manager.pause(id, { reason: 'later' }),
      () => manager.unpause(id),
      () => manager.unpause(id),
      () => manager.raise(id, { max_iterations: 600 + sent.length }),
      () => manager.raise(id, { max_iterations: 600 + sent.length }),
      () => manager.send(id, `text ${sent.length}`, { mode: 'queue' }),
      () => manager.send(id, `text ${sent.length}`, { mode: 'interrupt' }),
    ];
    return (ways[random.below(ways.length)] as () => Promise<unknown>)();
  };
  const controlling = (async () => {
    while (running) {
      // With no worker a verb fails, although what it sent counts.
      sent.push(one(tasks[random.below(tasks.length)] as Task).catch(() => undefined));
      await pause(random.below(60));
    }
  })();
  return {
    sent: () => sent.length,
    async stop() {
      running = false;
      await controlling;
      await Promise.all(sent);
    },
  };
}
