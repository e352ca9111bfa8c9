/** Tasks as children of a user's own workflows: signed for the types that the plugin names, and for nothing else. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES, TASK_QUEUE, type TaskInput, type TaskResult } from '../../src/domain/protocol.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { type Rig, startRig } from '../support/rig.js';
import { bundleOf } from '../support/user-bundle.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ worker: false, plugin: { trustedParents: ['trustedParent', 'signsFor'] } });
  await rig.startWorker({ bundle: await bundleOf('parent.ts', rig.workspace) });
});
afterAll(() => rig.stop());

/** A task that runs a command, which only a signed start allows. */
function unsignedTask(mark: string): TaskInput {
  const wanted = ledgerCall(mark);
  const model = rig.book.add(
    inOrder({ calls: [{ id: 'a', name: wanted.name, args: wanted.args }] }, { content: 'Done.' }),
  );
  const choice = { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user' as const };
  return { prompt: 'Note it.', ...choice, allow: ['shell'] };
}

const start = (workflowType: string, ...args: unknown[]) =>
  rig.plain.workflow.start(workflowType, { args, taskQueue: TASK_QUEUE, workflowId: randomUUID() });

async function failureOf(workflowType: string, ...args: unknown[]): Promise<unknown> {
  const handle = await start(workflowType, ...args);
  return handle.result().then(
    () => undefined,
    (error: { cause?: unknown }) => error.cause,
  );
}

describe('a workflow that the plugin names', () => {
  test('runs a signed task as its child, and gets its result', async () => {
    const handle = await start('trustedParent', unsignedTask('by-child'));
    expect(await handle.result()).toMatchObject({ status: 'Completed', result: 'Done.' } satisfies Partial<TaskResult>);
    expect(readLedger(rig.workspace)).toContain('by-child');
  });

  test('may name the child, whose files are listed under that id', async () => {
    const handle = await start('trustedParent', unsignedTask('by-named-child'), 'start');
    expect(await handle.result()).toMatchObject({ status: 'Completed' });
    expect(rig.task('named child: 1').file()).toMatchObject({ id: 'named%20child%3A%201', status: 'Completed' });
  });

  test('gets the failure of a task that fails', async () => {
    const task = { ...unsignedTask('once'), limits: { max_iterations: 1 } };
    expect(await failureOf('trustedParent', task)).toMatchObject({
      type: FAILURES.task,
      message: 'Iteration limit of 1 reached',
    });
  });

  test.each([
    ['a wrong input', { prompt: ' ' }, 'a prompt that is not empty'],
    ['a misspelt limit', { prompt: 'p', limits: { max_iteration: 1 } }, 'max_iteration'],
  ])('gets no signature for %s', async (_, task, sentence) => {
    expect(await failureOf('trustedParent', task)).toMatchObject({
      type: FAILURES.refused,
      message: expect.stringContaining(sentence),
    });
  });

  test.each(['../up', 'schedule:nightly', ''])('gets no signature for the id %j', async (workflowId) => {
    expect(await failureOf('signsFor', workflowId, unsignedTask('never'))).toMatchObject({
      type: FAILURES.refused,
      message: expect.stringContaining('is not a safe file name'),
    });
  });

  test('gets a signature for one id, which starts no other', async () => {
    const signed = (await (await start('signsFor', 'the-one', unsignedTask('moved'))).result()) as TaskInput;
    expect(await failureOf('backgroundTask', signed)).toMatchObject({ type: FAILURES.refused });
    expect(readLedger(rig.workspace)).not.toContain('moved');
  });
});

test('any other workflow is refused, and told which option would change that', async () => {
  expect(await failureOf('unknownParent', unsignedTask('stolen'))).toMatchObject({
    type: FAILURES.refused,
    message: expect.stringMatching(/workflows of the type 'unknownParent'.*trustedParents/),
  });
  expect(readLedger(rig.workspace)).not.toContain('stolen');
});

test.each(['signTask', 'rookery.signTask'])('the activity %s alone, without a workflow, is refused', async (type) => {
  const handle = await rig.plain.activity.start(type, {
    id: randomUUID(),
    taskQueue: TASK_QUEUE,
    args: [{ workflowId: randomUUID(), task: unsignedTask('alone') }],
    startToCloseTimeout: '10 seconds',
  });
  const failure = await handle.result().catch((error: { cause?: unknown }) => error.cause);
  expect(failure).toMatchObject({ type: FAILURES.refused });
});
