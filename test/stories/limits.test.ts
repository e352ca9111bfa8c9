/** Limits end a task as `Failed`, never as `Completed`, and before anything more is spent or run. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

async function expectFailed(task: Task, error: string): Promise<void> {
  const failure = await task.failure();
  expect(failure.message).toBe(error);
  expect(failure.type).toBe('TaskFailed');
  expect(failure.details?.[0]).toMatchObject({ status: 'Failed', error, result: null });
  expect((await task.handle.describe()).status.name).toBe('FAILED');
  expect(task.file()).toMatchObject({ status: 'Failed', error, result: null, checkpoint: null });
}

test('with a limit of 3 iterations there are 3 requests, and the calls of the third reply are not run', async () => {
  const script = scriptedAgent({ iterations: 10, callFor: (n) => ledgerCall(`limit-${n}`), final: 'never' });
  const task = await rig.start(script, { allow: ['shell'], limits: { max_iterations: 3 } });
  await expectFailed(task, 'Iteration limit of 3 reached');
  expect(task.requests()).toHaveLength(3);
  expect(task.file().iterations).toBe(3);
  expect(readLedger(rig.workspace)).toEqual(['limit-0', 'limit-1']);
});

test('an answer in the last iteration that is allowed completes the task', async () => {
  const script = scriptedAgent({
    iterations: 2,
    callFor: () => ({ name: 'list_files', args: {} }),
    final: 'In time.',
  });
  const task = await rig.start(script, { limits: { max_iterations: 3 } });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'In time.', iterations: 3 });
});

test('the token limit stops before another request', async () => {
  const calls = [{ id: 'a', name: 'list_files', args: {} }];
  const script = inOrder({ calls, usage: { input: 100, output: 50 } });
  const task = await rig.start(script, { limits: { max_total_tokens: 400 } });
  await expectFailed(task, 'Token limit of 400 reached');
  expect(task.requests()).toHaveLength(3);
});

test('tokens that came from the prompt cache count a tenth against the token limit', async () => {
  const calls = [{ id: 'a', name: 'list_files', args: {} }];
  const usage = { input: 1000, output: 0, cached: 900 };
  const task = await rig.start(inOrder({ calls, usage }), { limits: { max_total_tokens: 500 } });
  await expectFailed(task, 'Token limit of 500 reached');
  expect(task.requests()).toHaveLength(3);
  expect((await task.status()).record.usage).toMatchObject({ total_tokens: 3000, cached_input_tokens: 2700 });
});

test('the time limit ends a task between iterations', async () => {
  const script = inOrder({ calls: [{ id: 'a', name: 'list_files', args: {} }], delayMs: 100 });
  const task = await rig.start(script, { limits: { max_time_ms: 6_000 } });
  await expectFailed(task, 'Time limit of 6 s reached');
  expect(task.requests().length).toBeGreaterThan(1);
});

test('the time limit ends a task whose model never answers', async () => {
  const task = await rig.start(inOrder({ hang: true }), { limits: { max_time_ms: 6_000 } });
  await expectFailed(task, 'Time limit of 6 s reached');
  expect(task.requests()).toHaveLength(1);
});
