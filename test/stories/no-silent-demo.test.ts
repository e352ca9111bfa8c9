/** A start that names no provider gets the one that the worker has a key for, and never the demo model unasked. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAILURES, TASK_QUEUE, type TaskResult, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { providerRow } from '../../src/domain/provider.js';
import type { BackgroundTasksOptions } from '../../src/plugin.js';
import { type LlmServer, startLlmServer } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';

let model: LlmServer;
beforeAll(async () => {
  model = await startLlmServer(() => ({ content: 'From a model.' }));
});
afterAll(() => model.close());

const choiceOf = (keys: object): Partial<BackgroundTasksOptions> => ({
  // Not the choice that the rig makes for other tests.
  defaultChoice: undefined,
  models: { keys, endpoints: { litellm: model.url } },
});

async function start(rig: Rig, input: object): Promise<Task> {
  const id = randomUUID();
  await rig.client.workflow.start(WORKFLOW_TYPE, { args: [input], taskQueue: TASK_QUEUE, workflowId: id });
  return rig.task(id);
}

test('one key: its provider answers, with its default model', async () => {
  const rig = await startRig({ plugin: choiceOf({ litellm: 'sk-only' }) });
  try {
    const expected: Partial<TaskResult> = { result: 'From a model.', provider: 'litellm' };
    expect(await (await start(rig, { prompt: 'p' })).result()).toMatchObject(expected);
    expect(model.requests.at(-1)?.model).toBe(providerRow('litellm').defaultModel);
  } finally {
    await rig.stop();
  }
});

test('several keys: the start is refused, and one that names its provider runs with the default model of that', async () => {
  const rig = await startRig({ plugin: choiceOf({ litellm: 'sk-one', openai: 'sk-two' }) });
  try {
    expect(await (await start(rig, { prompt: 'p' })).failure()).toMatchObject({
      type: FAILURES.refused,
      message: expect.stringContaining('names no provider'),
    });
    expect(await (await start(rig, { prompt: 'p', provider: 'litellm' })).result()).toMatchObject({
      result: 'From a model.',
      model: providerRow('litellm').defaultModel,
    });
  } finally {
    await rig.stop();
  }
});

test('no key and no choice: no worker', async () => {
  const rig = await startRig({ worker: false, plugin: choiceOf({}) });
  try {
    await expect(rig.startWorker()).rejects.toMatchObject({
      name: 'RookeryError',
      code: 'missing_key',
      hint: expect.stringContaining('defaultChoice'),
    });
  } finally {
    await rig.stop();
  }
});
