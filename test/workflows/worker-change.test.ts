/** A new worker gets the conversation once, whatever ended the one before; all other activities carry only what is new. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Scheduled, scheduledBy } from '../support/history.js';
import { type LlmRequest, type ScriptReply, scriptedAgent } from '../support/llm-server.js';
import { type Rig, type RunningWorker, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker } from '../support/worker-process.js';

const ITERATIONS = 14;
const HALF = 7;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ worker: false });
});
afterAll(() => rig.stop());

/** Answers slowly from the middle on, so that there is time to change the worker. */
function script(request: LlmRequest): ScriptReply {
  const agent = scriptedAgent({
    iterations: ITERATIONS - 1,
    callFor: () => ({ name: 'list_files', args: {} }),
    final: 'Done.',
  });
  const accepted = request.messages.filter(({ role }) => role === 'assistant').length;
  return { ...agent(request), delayMs: accepted === HALF ? 1_000 : 100 };
}

/** Two at a time would take the conversation from each other. */
async function worker(): Promise<RunningWorker> {
  const started = await rig.startWorker();
  onTestFinished(() => started.stop());
  return started;
}

function half(task: Task): Promise<unknown> {
  return until(() => task.requests().length > HALF, { what: 'the task is half done' });
}

async function expectSentOnce(task: Task): Promise<void> {
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: ITERATIONS });
  const scheduled = await scheduledBy(rig.client, task.id);
  const whole = scheduled.filter(({ input }) => input.whole !== undefined);
  expect(whole.map(({ activity, input }) => ({ activity, whole: input.whole }))).toHaveLength(1);
  expect(messagesIn(whole[0])).toBeGreaterThan(HALF);
  for (const { activity, input, groups } of scheduled) {
    if (input.whole === undefined) expect(groups, `${activity} carries nothing twice`).toEqual([]);
  }
}

function messagesIn(scheduled: Scheduled | undefined): number {
  return ((scheduled?.groups ?? []) as unknown[][]).flat().length;
}

test('a worker that is shut down and followed by another', async () => {
  const first = await worker();
  const task = await rig.start(script);
  await half(task);
  await first.stop();
  await worker();
  await expectSentOnce(task);
});

test('a worker that dies in the middle of a model call', async () => {
  const { address, namespace, workspace, paths } = rig;
  const place = { address, namespace, workspace, workdir: paths.workdir };
  const first = await spawnWorker(place);
  const task = await rig.start(script);
  await half(task);
  await first.kill();
  const second = await spawnWorker(place);
  onTestFinished(() => second.kill());
  await expectSentOnce(task);
});

test('no worker change, no conversation and no start in any activity', async () => {
  await worker();
  const task = await rig.start(script);
  await task.result();
  const scheduled = await scheduledBy(rig.client, task.id);
  expect(scheduled.filter(({ input, groups }) => input.whole !== undefined || groups.length > 0)).toEqual([]);
  expect(scheduled.filter(({ input }) => input.start)).toEqual([]);
});

test('a worker that was not told of the start asks for it once', async () => {
  const { address, namespace, workspace, paths } = rig;
  const place = { address, namespace, workspace, workdir: paths.workdir };
  const first = await spawnWorker(place);
  const task = await rig.start((request) => ({ ...script(request), delayMs: 1_000 }));
  await until(() => task.requests().length === 1, { what: 'the first question is asked' });
  await first.kill();
  const second = await spawnWorker(place);
  onTestFinished(() => second.kill());
  await until(() => task.requests().length === 2, { what: 'the second worker asks it too' });
  await rig.client.workflow.getHandle(task.id).cancel();
  await expect(task.result()).rejects.toThrow();
  const scheduled = await scheduledBy(rig.client, task.id);
  const brought = scheduled.filter(({ input }) => input.start);
  expect(brought.map(({ activity }) => activity)).toEqual(['iterate']);
});
