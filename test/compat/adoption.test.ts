/** Tasks that RavenClaws left unfinished, finished here: from their checkpoint, once, and by our own limits. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { TaskFile } from '../../src/domain/wire.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { type Adopt, adoptWith, settingsFor } from './adopting.js';
import { KILLED, put, putKilled, type TheirMessage, theirCheckpoint, theirTask } from './ravenclaws.js';

const GO_ON = /^Go on with the task from where you left off\./;
const ANSWER = { content: 'FINAL: It is 2026.' };

let rig: Rig;
let manager: BackgroundTaskManager;
let adopt: Adopt;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
  adopt = adoptWith(rig, manager);
});
afterAll(() => rig.stop());

let next = 0;
let id: string;
beforeEach(() => {
  id = `theirs-${++next}`;
});

const messagesOf = (task: Task, request = 0) => task.requests()[request]?.messages ?? [];
const said = (messages: readonly { role: string; content?: unknown }[]) =>
  messages.map(({ role, content }) => ({ role, content }));

const ROUND: TheirMessage[] = [
  { role: 'system', content: 'You are an agent.' },
  { role: 'user', content: 'Count the Bäume.' },
  { role: 'assistant', content: 'TOOL_CALL: shell_exec\nARGS: {"command":"ls"}' },
  { role: 'user', content: 'OBSERVATION: oak\nlime\n' },
];

describe('the task that a kill left', () => {
  let before: TaskFile;
  let task: Task;
  let theirs: TheirMessage[];
  beforeAll(async () => {
    before = putKilled(rig.paths);
    writeFileSync(rig.paths.task(KILLED), withNote(readFileSync(rig.paths.task(KILLED), 'utf8')));
    theirs = JSON.parse(readFileSync(rig.paths.checkpoint(KILLED), 'utf8')).messages;
    writeFileSync(join(rig.workspace, 'year.txt'), '2026\n');
    const read = { id: 'a', name: 'read_file', args: { path: 'year.txt' } };
    task = await adopt(KILLED, inOrder({ calls: [read] }, ANSWER));
    await task.result();
  });

  test('completes', async () => {
    expect(await task.result()).toMatchObject({ status: 'Completed', result: 'It is 2026.', error: null });
    expect(task.file()).toMatchObject({ status: 'Completed', result: 'It is 2026.', checkpoint: null });
    expect(task.checkpoint()).toBeUndefined();
  });

  test('its requests begin with its five messages unchanged, then the user turn that asks to continue', () => {
    expect(theirs).toHaveLength(5);
    expect(task.requests()).toHaveLength(2);
    for (const request of [0, 1]) {
      const messages = messagesOf(task, request);
      expect(said(messages.slice(0, 5))).toEqual(theirs);
      expect(messages[5]).toMatchObject({ role: 'user', content: expect.stringMatching(GO_ON) });
    }
    expect(messagesOf(task, 0)).toHaveLength(6);
    expect(messagesOf(task, 1).slice(6)).toMatchObject([{ role: 'assistant' }, { role: 'tool' }]);
  });

  test('keeps its id, prompts and stamp to the last digit, and what RavenClaws does not know', () => {
    const file = task.file() as TaskFile & { note: unknown };
    const { id: same, prompt, system_prompt, created_at } = before;
    expect(file).toMatchObject({ id: same, prompt, system_prompt, created_at });
    expect(created_at).toMatch(/\.\d{9}\+00:00$/);
    expect(readFileSync(rig.paths.task(KILLED), 'utf8')).toContain('\n  "note": {\n    "exact": 1.0\n  }\n}');
  });

  test('counts its iterations on: two of theirs, two of ours', () => {
    expect(task.file().iterations).toBe(4);
  });

  test('is not taken twice', async () => {
    await expect(manager.resume(KILLED)).rejects.toThrow(`Task '${KILLED}' cannot be resumed in status 'completed'`);
    expect(await manager.resumeIncomplete()).not.toContainEqual(expect.objectContaining({ id: KILLED }));
  });
});

function withNote(text: string): string {
  return `${text.slice(0, -2)},\n  "note": {"exact": 1.0}\n}`;
}

describe('what it continues from', () => {
  test('a checkpoint that ends with an observation: the next request is exactly its messages', async () => {
    put(rig.paths, theirTask(id), theirCheckpoint(id, 0, ROUND));
    const task = await adopt(id, inOrder(ANSWER));
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
    expect(said(messagesOf(task))).toEqual(ROUND);
  });

  test('a checkpoint at its last iteration, 9 of 10: the model is asked, and its reply is the answer', async () => {
    put(rig.paths, theirTask(id), theirCheckpoint(id, 9, ROUND));
    const task = await adopt(id, inOrder(ANSWER));
    expect(await task.result()).toMatchObject({ status: 'Completed', result: 'It is 2026.', iterations: 11 });
    expect(task.requests()).toHaveLength(1);
  });

  test('a checkpoint with images: they reach the provider as images', async () => {
    const pixel = 'data:image/png;base64,iVBORw0KGgo=';
    const parts = [{ text: 'Count the Bäume.' }, { image_url: { url: pixel } }];
    const messages = ROUND.map((message, i) => (i === 1 ? { ...message, content_parts: parts } : message));
    put(rig.paths, theirTask(id), theirCheckpoint(id, 0, messages));
    const task = await adopt(id, inOrder(ANSWER));
    await task.result();
    expect(messagesOf(task)[1]?.content).toEqual([
      { type: 'text', text: 'Count the Bäume.' },
      { type: 'image_url', image_url: { url: pixel } },
    ]);
  });

  test('while it runs its checkpoint continues theirs, images included', async () => {
    const parts = [{ text: 'Count.' }, { image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }];
    const messages = ROUND.map((message, i) => (i === 1 ? { ...message, content_parts: parts } : message));
    put(rig.paths, theirTask(id), theirCheckpoint(id, 3, messages));
    const calls = [{ id: 'a', name: 'search_files', args: { pattern: 'oak' } }];
    const task = await adopt(id, inOrder({ calls }, { hang: true }));
    await until(() => task.file().iterations === 5, { what: 'our first iteration is in the file' });
    expect(task.checkpoint()).toMatchObject({ session_id: id, iteration: 3, messages });
    expect(JSON.parse(task.file().checkpoint ?? '')).toEqual(task.checkpoint());
  });

  test.each([
    ['none', undefined],
    ['one that is cut off', '{"session_id": "x", "iteration": 1, "messa'],
    ['one without messages', theirCheckpoint('x', 3, [])],
  ])('%s: a fresh start from its own prompts', async (_, checkpoint) => {
    put(rig.paths, theirTask(id), checkpoint);
    if (typeof checkpoint === 'string') writeFileSync(rig.paths.checkpoint(id), checkpoint);
    const task = await adopt(id, inOrder(ANSWER));
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 1 });
    expect(said(messagesOf(task))).toEqual(ROUND.slice(0, 2));
  });

  test('a checkpoint that cannot be read is said, with its reason', async () => {
    put(rig.paths, theirTask(id));
    writeFileSync(rig.paths.checkpoint(id), '{}');
    const { message } = await manager.resume(id, {
      dryRun: true,
      adopt: async () => settingsFor(rig, inOrder(ANSWER)),
    });
    expect(message).toMatch(/^would be adopted from its prompt, because its checkpoint cannot be read: .*'session_id'/);
  });

  test('a Pending file that RavenClaws only submitted', async () => {
    put(rig.paths, theirTask(id, { status: 'Pending', provider: null, model: null }));
    const task = await adopt(id, inOrder(ANSWER));
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 1 });
  });
});

describe('limits count only our own iterations', () => {
  const calls = [{ id: 'a', name: 'search_files', args: { pattern: 'oak' } }];

  test('with one allowed, one reply is asked for, whatever came before', async () => {
    put(rig.paths, theirTask(id), theirCheckpoint(id, 9, ROUND));
    const task = await adopt(id, inOrder(ANSWER), { limits: { max_iterations: 1 } });
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 11 });
  });

  test('at the limit the task fails, and counts all', async () => {
    put(rig.paths, theirTask(id), theirCheckpoint(id, 6, ROUND));
    const task = await adopt(id, inOrder({ calls }), { limits: { max_iterations: 2 } });
    expect((await task.failure()).message).toBe('Iteration limit of 2 reached');
    expect(task.requests()).toHaveLength(2);
    expect(task.file()).toMatchObject({ status: 'Failed', error: 'Iteration limit of 2 reached', iterations: 9 });
  });
});

describe('provider and model', () => {
  const inputOf = async (task: string) => {
    const [event] = (await rig.client.workflow.getHandle(task).fetchHistory()).events ?? [];
    const payload = event?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
    return JSON.parse(Buffer.from(payload?.data ?? []).toString()) as TaskInput;
  };

  test.each([
    ['openai', 'openai'],
    ['anthropic', 'anthropic'],
    ['ollama', 'ollama'],
    ['openai-compatible', 'litellm'],
    ['vllm', 'litellm'],
    ['sglang', 'litellm'],
  ])('%s runs as %s, with the model of the file', async (theirs, ours) => {
    put(rig.paths, theirTask(id, { provider: theirs, model: 'theirs-7b' }));
    await manager.resume(id, { adopt: async () => ({ endpoint: 'http://127.0.0.1:9', endpoint_origin: 'user' }) });
    expect(await inputOf(id)).toMatchObject({ provider: ours, model: 'theirs-7b', endpoint: 'http://127.0.0.1:9' });
    await rig.client.workflow.getHandle(id).terminate();
  });

  test('a provider that is none here is named, and the task left as it is, unless another one is given', async () => {
    put(rig.paths, theirTask(id, { provider: 'watsonx', model: 'gpt-x' }));
    const bytes = readFileSync(rig.paths.task(id), 'utf8');
    const outcomes = await manager.resumeIncomplete();
    expect(outcomes.find((outcome) => outcome.id === id)).toMatchObject({
      ok: false,
      code: 'usage',
      message: "It ran on 'watsonx', which is not a provider here; the task is not changed",
    });
    expect(readFileSync(rig.paths.task(id), 'utf8')).toBe(bytes);
    const task = await adopt(id, inOrder(ANSWER));
    expect(await task.result()).toMatchObject({ status: 'Completed', provider: 'litellm' });
  });
});
