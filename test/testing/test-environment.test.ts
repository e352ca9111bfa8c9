/** What a user's unit test has: a worker with a scripted model and files in memory, which leaves nothing behind. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import type { Message } from '../../src/domain/conversation.js';
import { RookeryError } from '../../src/domain/errors.js';
import type { ScriptedReply } from '../../src/models/scripted.js';
import { createTestEnvironment, type TestEnvironment, type TestEnvironmentOptions } from '../../src/testing/index.js';
import { defineTool } from '../../src/tools/tool.js';
import { startRig } from '../support/rig.js';
import { until } from '../support/until.js';

let env: TestWorkflowEnvironment;
let close: () => Promise<void>;
beforeAll(async () => {
  const { address, namespace, stop } = await startRig({ worker: false });
  env = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace });
  close = async () => {
    await env.teardown();
    await stop();
  };
});
afterAll(() => close());

const PACKAGED = { workflowBundle: { codePath: inject('bundle') } };

const opened: TestEnvironment[] = [];
async function open(script: TestEnvironmentOptions['script'], more: Partial<TestEnvironmentOptions> = {}) {
  const rookery = await createTestEnvironment({ env, script, worker: PACKAGED, ...more });
  opened.push(rookery);
  return rookery;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((rookery) => rookery.close()));
});

const list: ScriptedReply = { calls: [{ name: 'list_files', args: {} }] };

test('a task runs to its end: result, file, calls and conversation are there', async () => {
  const rookery = await open([list, { content: 'Nothing here.' }]);
  const { id, result, file, calls, messages } = await rookery.run('Look around.');
  expect(result).toMatchObject({ status: 'Completed', result: 'Nothing here.', iterations: 2, model: 'scripted' });
  expect(result.usage.total_tokens).toBe(30);
  expect(file).toMatchObject({ id, status: 'Completed', prompt: 'Look around.', iterations: 2, checkpoint: null });
  expect(calls).toMatchObject([{ name: 'list_files', args: {}, outcome: 'ok' }]);
  expect(messages.at(-1)).toMatchObject({ role: 'assistant', content: 'Nothing here.' });
  expect(rookery.mirror.checkpoint(id)).toBeUndefined();
});

test('it can be closed in the moment in which it was opened', async () => {
  await (await open([list])).close();
});

test('the script may look at the conversation, and a task may name any provider', async () => {
  const rookery = await open((messages, replies) =>
    replies === 0 ? list : { content: `I saw ${messages.length} messages.` },
  );
  const { result } = await rookery.run({ prompt: 'Count.', provider: 'openai', model: 'gpt-x' });
  expect(result).toMatchObject({ status: 'Completed', result: 'I saw 4 messages.' });
});

test('tools of the user run with what the model asked for', async () => {
  const asked: string[] = [];
  const weather = defineTool({
    name: 'weather',
    description: 'The weather in a town.',
    input: z.object({ town: z.string() }),
    effect: 'read',
    replay: 'safe',
    placement: 'activity',
    touches: () => ({}),
    summary: ({ town }) => `weather in ${town}`,
    run: async ({ town }) => {
      asked.push(town);
      return { outcome: 'ok', content: 'Rain.' };
    },
  });
  const rookery = await open([{ calls: [{ name: 'weather', args: { town: 'Ulm' } }] }, { content: 'It rains.' }], {
    plugin: { tools: [weather] },
  });
  const { calls } = await rookery.run({ prompt: 'How is it in Ulm?', allow: ['weather'] });
  expect(calls).toEqual([{ name: 'weather', args: { town: 'Ulm' }, outcome: 'ok', content: 'Rain.' }]);
  expect(asked).toEqual(['Ulm']);
});

test('a person decides through the manager', async () => {
  const call = { name: 'shell', args: { command: 'echo yes > answer.txt' } };
  const rookery = await open([{ calls: [call] }, { content: 'Done.' }]);
  const running = rookery.run('Write it down.');
  const first = async () => (await rookery.manager.approvals())[0];
  const waiting = await until(first, { what: 'the call waits' });
  await rookery.manager.decide({ id: waiting?.task ?? '' }, { decision: 'deny', reason: 'not now' });
  const { calls } = await running;
  expect(calls).toMatchObject([{ name: 'shell', outcome: 'refused' }]);
  expect(readdirSync(rookery.workspace)).toEqual([]);
});

describe('what goes wrong ends the task, and is in its result', () => {
  /** Does what its prompt says. */
  const script = (messages: readonly Message[]): ScriptedReply => {
    const prompt = messages.find(({ role }) => role === 'user')?.content;
    if (prompt === 'throw') throw new Error('as scripted');
    if (prompt === 'refuse') throw new RookeryError('bad_request', 'no such model');
    return list;
  };
  let rookery: TestEnvironment;
  beforeAll(async () => {
    rookery = await createTestEnvironment({ env, script, worker: PACKAGED });
  });
  afterAll(() => rookery.close());

  test.each([
    ['an error of the script', 'throw', /The script failed: as scripted/],
    ['an error of a provider', 'refuse', /no such model/],
  ])('%s', async (_, prompt, error) => {
    const { result, file } = await rookery.run(prompt);
    expect(result).toMatchObject({ status: 'Failed', error: expect.stringMatching(error) });
    expect(file).toMatchObject({ status: 'Failed', error: expect.stringMatching(error) });
  });

  test('a limit', async () => {
    const { result, calls } = await rookery.run({ prompt: 'list', limits: { max_iterations: 2 } });
    expect(result).toMatchObject({ status: 'Failed', error: 'Iteration limit of 2 reached' });
    expect(calls.map(({ outcome }) => outcome)).toEqual(['ok', undefined]);
  });

  test('a wrong input is thrown', async () => {
    await expect(rookery.run({ prompt: ' ' })).rejects.toMatchObject({ cause: { type: 'StartRefused' } });
  });

  test('a script with too few replies', async () => {
    const { result } = await (await open([list])).run('x');
    expect(result).toMatchObject({
      status: 'Failed',
      error: expect.stringMatching(/asked for reply 2, and the script ends with reply 1$/),
    });
  });
});

test('an agent of a workflow of the user is seen by its id', async () => {
  const rookery = await open([list, { content: 'Read.' }], {
    plugin: { trustedParents: ['forgiving'] },
    worker: { workflowsPath: resolve('test/support/user-workflows/agents.ts') },
  });
  const { client, taskQueue } = rookery;
  const args = [{ prompt: 'Read.' }];
  const result = await client.workflow.execute('forgiving', { args, taskQueue, workflowId: 'my-agent' });
  expect(result).toMatchObject({ status: 'Completed', result: 'Read.' });
  expect(await rookery.task('my-agent')).toMatchObject({ file: { status: 'Completed' }, calls: [{ outcome: 'ok' }] });
});

test('environments side by side do not see each other, and leave no file', async () => {
  const both = await Promise.all([open([{ content: 'one' }]), open([{ content: 'two' }])]);
  const results = await Promise.all(both.map((rookery) => rookery.run('x')));
  expect(results.map(({ result }) => result.result)).toEqual(['one', 'two']);
  const directories = both.map(({ workspace }) => dirname(workspace));
  expect(directories.map((directory) => existsSync(directory))).toEqual([true, true]);
  await Promise.all(opened.splice(0).map((rookery) => rookery.close()));
  expect(directories.map((directory) => existsSync(directory))).toEqual([false, false]);
});
