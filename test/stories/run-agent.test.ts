/** An agent inside a workflow of the user: the same loop, files and rules as a task, under the id of that workflow. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { WorkflowStartOptions } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES, TASK_QUEUE, type TaskInput, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import type { FollowEvent } from '../../src/manager/follow.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { resetWorkflow, resumeRestarted, untilRestarted } from '../support/reset.js';
import { type Rig, type RunningWorker, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { bundleOf } from '../support/user-bundle.js';

const TRUSTED = ['research', 'lingering', 'forgiving', 'impatient', 'second', 'rounds', 'longResearch', 'attempts'];

let rig: Rig;
let bundle: string;
let worker: RunningWorker;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  const note = async (text: string): Promise<string> => text;
  rig = await startRig({ worker: false, plugin: { trustedParents: TRUSTED }, given: { activities: { note } } });
  bundle = await bundleOf('agents.ts', rig.workspace);
  worker = await rig.startWorker({ bundle });
  manager = await BackgroundTaskManager.open({ workdir: rig.paths.workdir, client: rig.client });
});
afterAll(() => rig.stop());

/** A task that runs a command, which only a signed start allows. */
function commands(...marks: string[]): ModelScript {
  const [first, ...more] = marks.map((mark) => ({ calls: [{ id: 'a', ...ledgerCall(mark) }] }));
  return inOrder(first ?? { content: 'Done.' }, ...more, { content: 'Done.' });
}

function agentTask(script: ModelScript, more: Partial<TaskInput> = {}): TaskInput {
  const model = rig.book.add(script);
  const choice = { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user' as const };
  return { prompt: 'Note it.', ...choice, allow: ['shell'], ...more };
}

/** Any client may start a workflow of the user: nothing in its arguments is signed. */
async function start(type: string, args: unknown[], more: Partial<WorkflowStartOptions> = {}): Promise<Task> {
  const workflowId = randomUUID();
  await rig.plain.workflow.start(type, { args, taskQueue: TASK_QUEUE, workflowId, ...more });
  return rig.task(workflowId, (args[0] as TaskInput).model);
}

test('the agent is one step of the workflow, with an unsafe call and the files of a task', async () => {
  const task = await start('research', [agentTask(commands('one-step'))]);
  expect(await task.handle.result()).toBe('before, Done., after');
  expect(readLedger(rig.workspace).filter((line) => line === 'one-step')).toHaveLength(1);
  expect(task.file()).toMatchObject({ id: task.id, status: 'Completed', result: 'Done.', iterations: 2 });
  expect(task.checkpoint()).toBeUndefined();
  expect((await manager.listTasks()).map(({ id }) => id)).toContain(task.id);
});

test('its history replays', async () => {
  const task = await start('research', [agentTask(commands('replayed'))]);
  await task.handle.result();
  const history = await task.handle.fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: { codePath: bundle }, plugins: [rig.plugin] }, history, task.id);
});

test('the queries of a task answer, during the agent and after it', async () => {
  const task = await start('lingering', [agentTask(commands('asked-about'))]);
  await until(async () => (await task.status().catch(() => undefined))?.phase === 'done', { what: 'the agent ends' });
  expect(await task.status()).toMatchObject({ record: { state: { kind: 'completed' } } });
  expect((await task.transcript()).at(-1)).toMatchObject({ content: 'Done.' });
  expect(await manager.status(task.id)).toMatchObject({ status: 'Completed', iterations: 2 });
  await task.handle.signal('finish');
  expect(await task.result()).toMatchObject({ status: 'Completed' });
});

test('a call that needs approval waits, and a decision of a person lets it run', async () => {
  const task = await start('research', [agentTask(commands('approved'), { allow: [] })]);
  await until(async () => (await manager.approvals(task.id)).length === 1, { what: 'the call waits' });
  expect((await manager.approvals()).map((waiting) => waiting.task)).toContain(task.id);
  await manager.decide({ id: task.id }, { decision: 'approve' });
  expect(await task.handle.result()).toBe('before, Done., after');
  expect(readLedger(rig.workspace)).toContain('approved');
});

test('a task that waits for a person is woken by the next worker of its queue', async () => {
  const task = await start('research', [agentTask(inOrder({ status: 401 }, { content: 'Done.' }))]);
  await until(async () => (await task.status().catch(() => undefined))?.phase === 'waiting_person', {
    what: 'it waits',
  });
  await worker.stop();
  worker = await rig.startWorker({ bundle });
  expect(await task.handle.result()).toBe('before, Done., after');
});

describe('a failure', () => {
  test('fails the workflow as it fails a task', async () => {
    const task = await start('research', [agentTask(commands('a', 'b'), { limits: { max_iterations: 1 } })]);
    expect(await task.failure()).toMatchObject({ type: FAILURES.task, message: 'Iteration limit of 1 reached' });
    expect(task.file()).toMatchObject({ status: 'Failed', error: 'Iteration limit of 1 reached' });
  });

  test('is caught with the result of the task', async () => {
    const task = await start('forgiving', [agentTask(commands('c', 'd'), { limits: { max_iterations: 1 } })]);
    const caught = { type: FAILURES.task, details: [{ status: 'Failed', iterations: 1 }] };
    expect(await task.handle.result()).toMatchObject(caught);
  });

  test.each([
    ['an empty prompt', { prompt: ' ' }, 'The prompt is empty'],
    ['a misspelt limit', { prompt: 'p', limits: { max_iteration: 1 } }, 'max_iteration'],
  ])('of %s is a refused start', async (_, task, sentence) => {
    const caught = { type: FAILURES.refused, message: expect.stringContaining(sentence) as string };
    expect(await (await start('forgiving', [task])).handle.result()).toMatchObject(caught);
  });
});

describe('a cancel', () => {
  test('of the workflow ends the agent, and is in the files', async () => {
    const task = await start('research', [agentTask(inOrder({ hang: true }))]);
    await until(() => task.requests().length === 1, { what: 'the model hangs' });
    expect(await manager.cancel(task.id)).toMatchObject({ ok: true, status: 'Cancelled' });
    expect((await task.failure()).name).toBe('CancelledFailure');
    expect(task.file()).toMatchObject({ status: 'Cancelled' });
  });

  test('that another program writes into the file cancels the workflow', async () => {
    const task = await start('research', [agentTask(inOrder({ hang: true }))]);
    const shown = () => existsSync(rig.paths.task(task.id)) && task.file().status === 'Running';
    await until(() => shown() && task.requests().length === 1, { what: 'the model hangs' });
    const text = readFileSync(rig.paths.task(task.id), 'utf8');
    writeFileSync(rig.paths.task(task.id), text.replace('"status": "Running"', '"status": "Cancelled"'));
    expect((await task.failure()).name).toBe('CancelledFailure');
    expect((await task.handle.describe()).status.name).toBe('CANCELLED');
    expect(task.file()).toMatchObject({ status: 'Cancelled' });
  });

  test('of its scope ends the agent alone', async () => {
    const task = await start('impatient', [agentTask(inOrder({ hang: true }))]);
    await until(() => task.requests().length === 1, { what: 'the model hangs' });
    await task.handle.signal('finish');
    expect(await task.handle.result()).toBe('too late');
    expect(task.file()).toMatchObject({ status: 'Cancelled' });
  });
});

describe('one agent in each run', () => {
  test.each(['after', 'beside'])('a second one %s the first is refused', async (how) => {
    const task = await start('second', [agentTask(commands(`first-${how}`)), how]);
    expect(await task.handle.result()).toMatch(
      /^This run of the workflow has an agent already: .*executeBackgroundTask/,
    );
    expect(readLedger(rig.workspace).filter((line) => line === `first-${how}`)).toHaveLength(1);
    expect(task.file()).toMatchObject({ status: 'Completed', iterations: 2 });
  });

  test('another one after a refused input is none', async () => {
    const task = await start('second', [agentTask(commands('another')), 'refused']);
    expect(await task.handle.result()).toBe('Done.');
  });

  test('the next run has its own, in the same files', async () => {
    const task = await start('rounds', [agentTask(commands('round-2', 'round-1')), 2]);
    expect(await task.handle.result()).toBe(1);
    expect(task.file()).toMatchObject({ status: 'Completed', prompt: 'Round 1.', iterations: 1 });
  });

  test('a workflow with a retry policy has one in each attempt', async () => {
    const task = await start('attempts', [agentTask(commands('in-attempt-2'))], { retry: { maximumAttempts: 3 } });
    expect(await task.result()).toMatchObject({ status: 'Completed' });
  });
});

describe('the verbs of a person', () => {
  test('follow shows its iterations and its end', async () => {
    const task = await start('research', [agentTask(commands('followed'))]);
    const events: FollowEvent[] = [];
    const { kind, status } = await manager.follow(task.id, { onEvent: (event) => void events.push(event) });
    expect({ kind, status: status.status }).toEqual({ kind: 'end', status: 'Completed' });
    expect(events[0]).toMatchObject({ type: 'submitted', prompt: 'Note it.' });
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type !== 'text')).toEqual([
      'submitted',
      'iteration',
      'call',
      'result',
      'iteration',
      'end',
    ]);
  });

  test('list, wait and mirror verify know it, and rebuild writes its files again', async () => {
    const task = await start('rounds', [agentTask(commands('verified')), 1]);
    await until(() => existsSync(rig.paths.task(task.id)), { what: 'it has a file' });
    expect(await manager.wait(task.id)).toMatchObject({ ok: true, status: 'Completed' });
    expect((await manager.list()).tasks.find(({ id }) => id === task.id)).toMatchObject({ status: 'Completed' });
    expect(await manager.verifyMirror([task.id])).toMatchObject([{ ok: true, differences: [] }]);
    const before = readFileSync(rig.paths.task(task.id), 'utf8');
    rmSync(rig.paths.task(task.id));
    expect(await manager.rebuildMirror([task.id])).toMatchObject([{ ok: true }]);
    expect(readFileSync(rig.paths.task(task.id), 'utf8')).toBe(before);
  });

  test('a workflow that was terminated while its agent ran has a file that says so', async () => {
    const task = await start('research', [agentTask(inOrder({ hang: true }))]);
    await until(() => existsSync(rig.paths.task(task.id)) && task.requests().length === 1, { what: 'it runs' });
    await task.handle.terminate();
    const error = 'its workflow ended before it: terminated';
    expect(await manager.status(task.id)).toMatchObject({ status: 'Failed', error });
    expect(task.file()).toMatchObject({ status: 'Failed', error });
  });
});

describe('no authority comes from outside', () => {
  test('a type that the plugin does not name is refused, and told which option names it', async () => {
    const task = await start('unknownResearch', [agentTask(commands('stolen'))]);
    expect(await task.failure()).toMatchObject({
      type: FAILURES.refused,
      message: expect.stringMatching(/workflows of the type 'unknownResearch'.*trustedParents/),
    });
    expectNothing(task, 'stolen');
  });

  test('a state from a client is refused', async () => {
    const input = agentTask(commands('forged'));
    const task = await start('longResearch', [input, { agent: [await signedBefore()] }]);
    expect(await task.failure()).toMatchObject({
      type: FAILURES.refused,
      message: expect.stringMatching(/for a run that continues/),
    });
    expectNothing(task, 'forged');
  });

  test('and so it is where a retry policy would make a later run', async () => {
    const args = [agentTask(commands('forged-retry')), { agent: [await signedBefore()] }];
    const task = await start('longResearch', args, { retry: { maximumAttempts: 2 } });
    expect(await task.failure()).toMatchObject({ type: FAILURES.refused });
    expectNothing(task, 'forged-retry');
  });

  test('and so it is in a later run that a cron schedule has made', async () => {
    const args = [agentTask(commands('forged-cron')), { agent: [await signedBefore()] }];
    const task = await start('longResearch', args, { cronSchedule: '@every 1s' });
    const runs = async (): Promise<number> => {
      let count = 0;
      for await (const _ of rig.plain.workflow.list({ query: `WorkflowId = '${task.id}'` })) count++;
      return count;
    };
    await until(async () => (await runs()) > 2, { what: 'a third run' });
    expectNothing(task, 'forged-cron');
    await rig.plain.workflow.getHandle(task.id).terminate();
  });

  test('what was signed for an agent starts no task of the same id', async () => {
    const agent = await start('research', [agentTask(commands('replay'))]);
    await agent.handle.result();
    const args = [await signedInputOf(agent)];
    const options = { args, taskQueue: TASK_QUEUE, workflowId: agent.id };
    const again = await rig.plain.workflow.start(WORKFLOW_TYPE, options);
    expect(await again.result().catch((error: { cause?: unknown }) => error.cause)).toMatchObject({
      type: FAILURES.refused,
    });
    expect(readLedger(rig.workspace).filter((line) => line === 'replay')).toHaveLength(1);
  });

  test('a run that a Reset made waits for a signed resume', async () => {
    const task = await start('research', [agentTask(() => ({ content: 'Said.' }))]);
    await task.handle.result();
    const decided = (await eventsOf(rig.client, task.id)).filter((event) => event.workflowTaskCompletedEventAttributes);
    await resetWorkflow(rig, task, decided[1]?.eventId);
    await untilRestarted(task);
    expect(task.requests()).toHaveLength(1);
    await resumeRestarted(rig, task);
    expect(await task.handle.result()).toBe('before, Said., after');
    expect(task.requests()).toHaveLength(2);
  });
});

// ---

function expectNothing(task: Task, mark: string): void {
  expect(task.requests()).toEqual([]);
  expect(readLedger(rig.workspace)).not.toContain(mark);
  expect(existsSync(rig.paths.task(task.id))).toBe(false);
}

/** What the history of another agent holds. */
async function signedBefore(): Promise<TaskInput> {
  const other = await start('research', [agentTask(inOrder({ content: 'Done.' }))]);
  await other.handle.result();
  return signedInputOf(other);
}

async function signedInputOf({ id }: Task): Promise<TaskInput> {
  const signed = (await eventsOf(rig.client, id)).flatMap((event) => {
    const [payload] = event.activityTaskCompletedEventAttributes?.result?.payloads ?? [];
    const value = payload ? (JSON.parse(Buffer.from(payload.data ?? '').toString()) as TaskInput) : undefined;
    return value?.signature ? [value] : [];
  });
  if (!signed[0]) throw new Error('the history holds no signed input');
  return signed[0];
}
