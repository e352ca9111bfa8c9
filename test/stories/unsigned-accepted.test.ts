/** A worker that accepts unsigned starts gives them little: the worker's own model and workspace, reading, 10 iterations. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { type Book, openBook } from '../support/book.js';
import type { LlmRequest, Script } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let book: Book;
let rig: Rig;
let model: string;
let script: (request: LlmRequest) => Script;
beforeAll(async () => {
  book = await openBook();
  model = book.add((request) => script(request));
  const models = { keys: {}, endpoints: { litellm: book.url } };
  rig = await startRig({
    book,
    plugin: { unsigned: 'read-only', models, defaultChoice: { provider: 'litellm', model } },
  });
});
afterAll(() => rig.stop());

async function startUnsigned(input: object): Promise<Task> {
  const id = randomUUID();
  await rig.plain.workflow.start(WORKFLOW_TYPE, { args: [input], taskQueue: TASK_QUEUE, workflowId: id });
  return rig.task(id, model);
}

const shell = { calls: [{ id: 'a', name: 'shell', args: { command: 'touch proof' } }] };

test('what it names beyond its prompt does not count', async () => {
  const elsewhere = await openBook();
  script = () => shell;
  const task = await startUnsigned({
    prompt: 'Touch the proof.',
    provider: 'litellm',
    model: 'another',
    endpoint: elsewhere.url,
    endpoint_origin: 'user',
    allow: ['shell'],
    workspace: '/',
    limits: { max_iterations: 1_000 },
  });
  expect((await task.failure()).message).toBe('Iteration limit of 10 reached');
  expect(task.requests()).toHaveLength(10);
  expect(elsewhere.requestsOf('another')).toEqual([]);
  expect(existsSync(join(rig.workspace, 'proof'))).toBe(false);
  expect(existsSync(rig.paths.claims)).toBe(false);
  await elsewhere.close();
});

test('two run at once, the third waits for its turn', async () => {
  let open = false;
  const asked = new Set<string>();
  script = ({ messages }) => {
    asked.add(String(messages.at(-1)?.content));
    return open ? { content: 'Done.' } : { content: 'late', delayMs: 60_000 };
  };
  const tasks: Task[] = [];
  for (const prompt of ['first', 'second', 'third']) tasks.push(await startUnsigned({ prompt }));
  await until(() => asked.size === 2, { what: 'two are asked' });
  const third = tasks.find((_, i) => !asked.has(['first', 'second', 'third'][i] as string)) as Task;
  const hasFailed = async (): Promise<boolean> => {
    const { raw } = await third.handle.describe();
    return raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.message?.includes('unsigned tasks')) ?? false;
  };
  await until(hasFailed, { what: 'the third is told to wait' });
  expect(asked.size).toBe(2);
  open = true;
  const [ended] = tasks.filter((task) => task !== third);
  await ended?.handle.cancel();
  expect(await third.result()).toMatchObject({ status: 'Completed' });
});
