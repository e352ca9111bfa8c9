/**
 * A retry continues a failed task from its last good iteration, once, and with what it has used: a call that was begun does
 * not run again, whatever died in between.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNALS, type TaskInput } from '../../src/domain/protocol.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import type { LlmRequest, ScriptReply } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker } from '../support/worker-process.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig({ plugin: { models: { keys: {}, endpoints: {}, prices: PRICES } } });
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

/** A reply costs a cent. */
const PRICE = { input: 100, output: 100 };
const PRICES = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`litellm:scripted-${n + 1}`, PRICE]));
const usage = { input: 90, output: 10 };
const answer = (content: string): ScriptReply => ({ content, usage });
const shell = (line: string, then?: string): ScriptReply => ({
  calls: [{ id: line, ...ledgerCall(line, then) }],
  usage,
});
const allow: Partial<TaskInput> = { allow: ['shell'] };
const lastOf = (request: LlmRequest | undefined): string => JSON.stringify(request?.messages.at(-1));

/** Of the run that continues it. */
const resultAfter = (task: Task, at: Rig = rig): Promise<unknown> => at.client.workflow.getHandle(task.id).result();

describe('a task that ended at a limit', () => {
  test('needs a higher one, counts what it had used, and runs the calls that it could not run', async () => {
    const task = await rig.start(inOrder(shell('limit-1'), shell('limit-2'), answer('Done.')), {
      ...allow,
      limits: { max_iterations: 2 },
    });
    await task.failure();
    expect(task.file()).toMatchObject({ status: 'Failed', error: 'Iteration limit of 2 reached', iterations: 2 });
    await expect(manager.retry(task.id)).rejects.toThrow(
      'Iteration limit of 2 reached; give a higher --max-iterations',
    );
    const overrides = { limits: { max_iterations: 3 } };
    expect(await manager.retry(task.id, { overrides })).toMatchObject({
      ok: true,
      status: 'Running',
      message: 'continues from iteration 2',
    });
    expect(await resultAfter(task)).toMatchObject({ status: 'Completed', iterations: 3, usage: { total_tokens: 300 } });
    expect(readLedger(rig.workspace).filter((line) => line.startsWith('limit-'))).toEqual(['limit-1', 'limit-2']);
    expect(task.file()).toMatchObject({ status: 'Completed', result: 'Done.', error: null, iterations: 3 });
  });

  test.each([
    ['tokens', { max_total_tokens: 150 }, '--max-total-tokens'],
    ['cost', { max_cost_usd: 0.015 }, '--max-cost'],
  ])('of %s names the flag to raise', async (_, limits, flag) => {
    const task = await rig.start(inOrder(shell('spend-1'), shell('spend-2'), answer('Done.')), { ...allow, limits });
    await task.failure();
    await expect(manager.retry(task.id)).rejects.toThrow(`give a higher ${flag}`);
    await expect(manager.continueTask(task.id, { text: 'Go on.' })).rejects.toThrow(`give a higher ${flag}`);
    const more = Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, value * 100]));
    await manager.retry(task.id, { overrides: { limits: more } });
    const { usage: spent } = (await resultAfter(task)) as { usage: { total_tokens: number; cost: { usd: number } } };
    expect(spent.total_tokens).toBe(task.requests().length * 100);
    expect(spent.cost.usd).toBeCloseTo(task.requests().length * 0.01);
  });
});

test('the time that a task has run counts on', async () => {
  const task = await rig.start(inOrder({ hang: true }, answer('Done.')), { limits: { max_time_ms: 1_000 } });
  await task.failure();
  await expect(manager.retry(task.id)).rejects.toThrow('give a higher --max-time');
  await manager.retry(task.id, { overrides: { limits: { max_time_ms: 600_000 } } });
  expect(await resultAfter(task)).toMatchObject({ result: 'Done.' });
});

test('limits that were raised while it ran hold for the next run', async () => {
  const task = await rig.start(inOrder(shell('raised-1'), shell('raised-2'), answer('Done.')), {
    ...{ ...allow, on_limit: 'ask', limits: { max_iterations: 1 } },
  });
  const waits = (iterations: number) => async () => {
    const now = await task.status().catch(() => undefined);
    return now?.phase === 'waiting_limit' && now.record.iterations === iterations;
  };
  await until(waits(1), { what: 'it waits at its limit' });
  await task.handle.signal(SIGNALS.raise, { id: 'more', limits: { max_iterations: 2 } });
  await until(waits(2), { what: 'it waits at the raised limit' });
  await manager.cancel(task.id);
  await expect(manager.retry(task.id)).rejects.toThrow('Iteration limit of 2 reached; give a higher --max-iterations');
  await manager.retry(task.id, { overrides: { limits: { max_iterations: 3 } } });
  expect(await resultAfter(task)).toMatchObject({ result: 'Done.', iterations: 3 });
});

test('a reply that failed the task is asked for again', async () => {
  const refused: ScriptReply = { content: 'I will not.', finish: 'content_filter', usage };
  const task = await rig.start(
    inOrder({ calls: [{ id: 'a', name: 'list_files', args: {} }], usage }, refused, answer('Done.')),
  );
  await task.failure();
  expect(task.file().iterations).toBe(2);
  expect(await manager.retry(task.id)).toMatchObject({ message: 'continues from iteration 1' });
  expect(await resultAfter(task)).toMatchObject({ result: 'Done.', iterations: 2, usage: { total_tokens: 300 } });
  expect(lastOf(task.requests()[2])).not.toContain('I will not.');
});

test('an error of the provider is retried with another model, and allowed tools add to those before', async () => {
  const other = rig.book.add(inOrder(answer('Done.')));
  const task = await rig.start(inOrder({ status: 400, body: { error: { message: 'no' } } }), { allow: ['web_fetch'] });
  await task.failure();
  await manager.retry(task.id, { overrides: { model: other, allow: ['shell'] } });
  expect(await resultAfter(task)).toMatchObject({ result: 'Done.', model: other });
  const { events } = await rig.client.workflow.getHandle(task.id).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  expect(JSON.parse(Buffer.from(payload?.data ?? []).toString())).toMatchObject({
    allow: ['web_fetch', 'shell'],
    model: other,
  });
});

test('several retries at the same time start one run', async () => {
  const task = await rig.start(inOrder({ status: 400 }, { ...answer('Done.'), delayMs: 300 }));
  await task.failure();
  const others = await Promise.all([managerOf(rig), managerOf(rig), managerOf(rig)]);
  const outcomes = await Promise.all(others.map((one) => one.retry(task.id)));
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(outcomes.filter(({ code }) => code === 'running')).toHaveLength(2);
  await resultAfter(task);
  expect(task.requests()).toHaveLength(2);
  await expect(manager.retry(task.id)).rejects.toThrow('is completed');
});

test('all failed tasks are retried, and no other', async () => {
  const alone = await startRig();
  try {
    const failing = await Promise.all([1, 2].map(() => alone.start(inOrder({ status: 400 }, answer('Done.')))));
    const done = await alone.start(inOrder(answer('Done.')));
    await Promise.all([...failing.map((task) => task.failure()), done.result()]);
    const outcomes = await (await managerOf(alone)).retryFailed();
    expect(outcomes.map(({ id }) => id).sort()).toEqual(failing.map(({ id }) => id).sort());
    await Promise.all(failing.map((task) => resultAfter(task, alone)));
    expect(done.requests()).toHaveLength(1);
  } finally {
    await alone.stop();
  }
});

describe('a call that was begun', () => {
  test('before its task was terminated is not run again; its result counts when it has one', async () => {
    const task = await rig.start(inOrder(shell('terminated', 'sleep 1; echo ended'), answer('Done.')), allow);
    await until(() => readLedger(rig.workspace).includes('terminated'), { what: 'the command runs' });
    await task.handle.terminate();
    await manager.retry(task.id);
    expect(await resultAfter(task)).toMatchObject({ status: 'Completed' });
    expect(readLedger(rig.workspace).filter((line) => line === 'terminated')).toHaveLength(1);
  });

  test('in a worker that is killed, before or after the retry, has its effect once', async () => {
    const killed = await startRig({ worker: false });
    const place = {
      ...{ address: killed.address, namespace: killed.namespace, workdir: killed.paths.workdir },
      ...{ workspace: killed.workspace, sandbox: 'off' as const },
    };
    try {
      const by = await managerOf(killed);
      let worker = await spawnWorker(place);
      const task = await killed.start(
        inOrder(shell('first', 'sleep 30'), shell('second', 'sleep 30'), answer('Done.')),
        allow,
      );
      for (const line of ['first', 'second']) {
        await until(() => readLedger(killed.workspace).includes(line), { what: `${line} runs` });
        await worker.kill();
        if (line === 'first') {
          await killed.client.workflow.getHandle(task.id).terminate();
          await by.retry(task.id);
        }
        worker = await spawnWorker(place);
      }
      expect(await resultAfter(task, killed)).toMatchObject({ status: 'Completed', iterations: 3 });
      expect(readLedger(killed.workspace)).toEqual(['first', 'second']);
      expect(lastOf(task.requests()[1])).toContain('outcome unknown');
      await worker.kill();
    } finally {
      await killed.stop();
    }
  });
});

describe('on a server that has lost all histories', () => {
  let later: Rig;
  let by: BackgroundTaskManager;
  beforeAll(async () => {
    later = await startRig({ plugin: { workdir: rig.paths.workdir, workspace: rig.workspace } });
    by = await managerOf(later);
  });
  afterAll(() => later.stop());

  const modelThere = (reply: ScriptReply) => {
    const model = later.book.add(inOrder(reply));
    const chosen = { provider: 'litellm', model, endpoint: later.book.url, endpoint_origin: 'user' } as const;
    return { overrides: chosen, last: () => later.book.requestsOf(model).at(-1) };
  };

  test('a conversation continues from its answer, and the command says what is lost', async () => {
    const task = await rig.start(inOrder(answer('Forty-two.')));
    await task.result();
    const before = task.file();
    const { overrides, last } = modelThere(answer('As I said.'));
    const sent = await by.continueTask(task.id, { text: 'Sure?', overrides });
    expect(sent.lost).toContain('only the prompt and the answer are left');
    expect(await resultAfter(task, later)).toMatchObject({
      result: 'As I said.',
      iterations: 2,
      usage: { total_tokens: 200 },
    });
    expect(task.file()).toMatchObject({ created_at: before.created_at, prompt: before.prompt, result: 'As I said.' });
    expect(JSON.stringify(last()?.messages)).toContain('Forty-two.');
  });

  test('a checkpoint is continued from its iteration', async () => {
    const task = await rig.start(inOrder(shell('checkpointed'), { hang: true }), allow);
    await until(() => task.checkpoint()?.iteration === 0, { what: 'the first round is in the checkpoint' });
    const text = readFileSync(rig.paths.checkpoint(task.id), 'utf8');
    await task.handle.terminate();
    await until(async () => (await manager.status(task.id)).status === 'Failed', { what: 'the end is known' });
    writeFileSync(rig.paths.checkpoint(task.id), text);
    const { overrides, last } = modelThere(answer('Done.'));
    const outcome = await by.retry(task.id, { overrides });
    expect(outcome.message).toContain('continues from iteration 1; its history is gone: from its checkpoint');
    expect(await resultAfter(task, later)).toMatchObject({
      result: 'Done.',
      iterations: 2,
      usage: { total_tokens: 200 },
    });
    expect(JSON.stringify(last()?.messages)).toContain('checkpointed');
    expect(task.checkpoint()).toBeUndefined();
  });

  test('a task without an answer and a checkpoint is not retried, but run again', async () => {
    const task = await rig.start(inOrder({ status: 400 }));
    await task.failure();
    await expect(by.retry(task.id)).rejects.toThrow(/rookery rerun .* begins it anew/);
    const { overrides } = modelThere(answer('Anew.'));
    const { id, from } = await by.rerun(task.id, { overrides });
    expect(from).toEqual({ id: task.id, iteration: 0 });
    expect(await later.task(id).result()).toMatchObject({ result: 'Anew.' });
  });
});
