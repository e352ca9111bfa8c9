/** An agent of a user's workflow whose history grows long: it continues in a new run, or fails before the server ends it. */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES, TASK_QUEUE, type TaskInput } from '../../src/domain/protocol.js';
import type { FollowEvent } from '../../src/manager/follow.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { type BareServer, startBareServer } from '../support/bare-server.js';
import type { ModelScript } from '../support/book.js';
import { runsOf } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { bundleOf } from '../support/user-bundle.js';

const CALLS = 12;

let server: BareServer;
let rig: Rig;
let bundle: string;
beforeAll(async () => {
  server = await startBareServer({ 'limit.historyCount.suggestContinueAsNew': 60 });
  rig = await startRig({
    address: server.address,
    worker: false,
    plugin: { trustedParents: ['longResearch', 'forgiving'] },
  });
  bundle = await bundleOf('agents.ts', rig.workspace);
});
afterAll(async () => {
  await rig.stop();
  await server.stop();
});

async function start(type: string, script: ModelScript, more: Partial<TaskInput> = {}): Promise<Task> {
  const model = rig.book.add(script);
  const choice = { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user' as const };
  const args = [{ prompt: 'Take long.', ...choice, allow: ['shell'], ...more }];
  const workflowId = randomUUID();
  await rig.plain.workflow.start(type, { args, taskQueue: TASK_QUEUE, workflowId });
  return rig.task(workflowId, model);
}

const longAgent = (mark: string): ModelScript =>
  scriptedAgent({ iterations: CALLS, callFor: (n) => ledgerCall(`${mark}-${n}`), final: 'Done.' });

const marks = (mark: string) => Array.from({ length: CALLS }, (_, n) => `${mark}-${n}`);
const linesOf = (mark: string) => readLedger(rig.workspace).filter((line) => line.startsWith(`${mark}-`));

describe('with the option continueAsNew', () => {
  let worker: { stop(): Promise<void> };
  beforeAll(async () => {
    worker = await rig.startWorker({ bundle });
  });
  afterAll(() => worker.stop());

  test('it continues in new runs: nothing is lost, and each unsafe call runs once', async () => {
    const task = await start('longResearch', longAgent('moved'));
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: CALLS + 1 });
    expect((await runsOf(rig.client, task.id)).length).toBeGreaterThan(1);
    expect(linesOf('moved')).toEqual(marks('moved'));
    expect(task.requests()).toHaveLength(CALLS + 1);
    expect(task.file()).toMatchObject({ status: 'Completed', iterations: CALLS + 1 });
    const manager = await BackgroundTaskManager.open({ workdir: rig.paths.workdir, client: rig.client });
    expect(await manager.verifyMirror([task.id])).toMatchObject([{ ok: true, differences: [] }]);
    const events: FollowEvent[] = [];
    await manager.follow(task.id, { onEvent: (event) => void events.push(event) });
    const iterations = events.flatMap((event) => (event.type === 'iteration' ? [event.iteration] : []));
    expect(iterations).toEqual(Array.from({ length: CALLS + 1 }, (_, n) => n + 1));
    const results = events.flatMap((event) => (event.type === 'result' ? [[event.tool, event.outcome]] : []));
    expect(results).toEqual(Array.from({ length: CALLS }, () => ['shell', 'ok']));
  });

  test('a limit counts over all runs', async () => {
    const limits = { max_iterations: 10 };
    const task = await start('longResearch', longAgent('limited'), { limits });
    expect(await task.failure()).toMatchObject({ type: FAILURES.task, message: 'Iteration limit of 10 reached' });
    expect((await runsOf(rig.client, task.id)).length).toBeGreaterThan(1);
    expect(linesOf('limited')).toHaveLength(9);
  });

  test('without it, it stays in one run', async () => {
    const task = await start('forgiving', longAgent('stayed'));
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: CALLS + 1 });
    expect(await runsOf(rig.client, task.id)).toHaveLength(1);
    expect(linesOf('stayed')).toEqual(marks('stayed'));
  });
});

test('without the option it fails with a sentence when the history is nearly full', async () => {
  const code = readFileSync(bundle, 'utf8');
  const small = code.replace(/MAX_EVENTS = 40_?000/, 'MAX_EVENTS = 60');
  expect(small).not.toBe(code);
  const path = `${bundle}.small.js`;
  writeFileSync(path, small);
  const worker = await rig.startWorker({ bundle: path });
  const task = await start('forgiving', longAgent('full'));
  expect(await task.handle.result()).toMatchObject({
    type: FAILURES.task,
    message: expect.stringMatching(
      /^The history of the workflow is nearly full: give runAgent the option continueAsNew/,
    ),
  });
  await until(() => task.file().status === 'Failed', { what: 'the file says so' });
  expect(task.file().error).toMatch(/nearly full/);
  expect(linesOf('full')).toEqual(marks('full').slice(0, linesOf('full').length));
  await worker.stop();
});
