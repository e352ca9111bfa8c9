/** A reply that a limit has cut: the rest is asked for, a few times; it is never an answer, and its calls do not run. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Message, opening } from '../../src/domain/conversation.js';
import { cutTurn } from '../../src/domain/own-turns.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import type { LlmRequest, ScriptReply, WireMessage } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker } from '../support/worker-process.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    plugin: { models: { keys: { anthropic: 'sk-not-a-real-key' }, endpoints: {} }, compaction: 'notices' },
  });
});
afterAll(() => rig.stop());

const LIMIT = 100;
const limits = { max_output_tokens: LIMIT };
const cut = (content: string): ScriptReply => ({ content, finish: 'length' });

function textOf(message: WireMessage | undefined): string {
  const { content } = message ?? {};
  return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? '').join('') : String(content);
}

const lastOf = (request: LlmRequest | undefined): string => textOf(request?.messages.at(-1));

test('the rest of a cut answer is asked for, and the result joins the pieces', async () => {
  const script = inOrder(cut('FINAL: One, t'), cut('wo, thr'), { content: 'ee.' });
  const task = await rig.start(script, { limits });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'One, two, three.', iterations: 3 });
  expect(task.file()).toMatchObject({ status: 'Completed', result: 'One, two, three.' });
  const [, second, third] = task.requests();
  const turn = 'Your reply was cut at the limit of 100 output tokens. Continue exactly where it stopped.';
  expect([lastOf(second), lastOf(third)]).toEqual([turn, turn]);
  expect(second?.messages.at(-2)).toMatchObject({ role: 'assistant', content: 'FINAL: One, t' });
  expect((await task.status()).record.finish).toBe('stop');
});

test('follow and status say how the replies ended; files that were lost are rebuilt with the joined answer', async () => {
  const manager = await managerOf(rig);
  const task = await rig.start(inOrder(cut('One, '), { content: 'two.' }), { limits });
  await task.result();
  const ends: string[] = [];
  await manager.follow(task.id, { onEvent: (event) => event.type === 'iteration' && ends.push(event.finish) });
  expect(ends).toEqual(['length', 'stop']);
  expect((await manager.status(task.id)).detail).toMatchObject({ finish: 'stop' });
  const before = task.file();
  rmSync(rig.paths.task(task.id));
  await manager.rebuildMirror([task.id]);
  expect(task.file()).toEqual(before);
});

test('a task that is adopted between two pieces joins them', async () => {
  const messages: Message[] = [
    ...opening('s', 'Count.'),
    { role: 'assistant', content: 'One, ' },
    cutTurn(LIMIT, 'in text'),
  ];
  const task = await rig.start(inOrder({ content: 'two.' }), { adopted: { iterations: 1, messages } });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'One, two.' });
});

test('an answer that is cut four times in a row fails the task, and says which limit to raise', async () => {
  const task = await rig.start(inOrder(cut('on and ')), { limits });
  const failure = await task.failure();
  expect(failure.message).toBe('The answer was cut at 100 output tokens; raise --max-output-tokens');
  expect(failure.details?.[0]).toMatchObject({ status: 'Failed', result: null, finish: 'length', iterations: 4 });
  expect(task.requests()).toHaveLength(4);
});

test('a reply that was cut before it said anything is asked for again, in words that tell why', async () => {
  const task = await rig.start(inOrder(cut(''), { content: 'Short.' }), { limits });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Short.', iterations: 2 });
  expect(lastOf(task.requests()[1])).toContain('before it said anything');
});

test('the calls of a cut reply are not run, and the model is told to repeat them in smaller pieces', async () => {
  const calls = [{ id: 'a', ...ledgerCall('cut off') }];
  const task = await rig.start(inOrder({ calls, finish: 'length' }, { content: 'Done.' }), {
    limits,
    allow: ['shell'],
  });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Done.', iterations: 2 });
  expect(readLedger(rig.workspace)).not.toContain('cut off');
  expect(lastOf(task.requests()[1])).toContain('Not run: your reply was cut at the limit of 100 output tokens.');
});

test('a model whose calls are cut again and again fails the task', async () => {
  const calls = [{ id: 'a', ...ledgerCall('never') }];
  const task = await rig.start(inOrder({ calls, finish: 'length' }), { limits, allow: ['shell'] });
  expect((await task.failure()).message).toContain('cut at 100 output tokens');
  expect(task.requests()).toHaveLength(4);
});

describe('the word of Anthropic', () => {
  const anthropic = { provider: 'anthropic', limits } as const;

  test('max_tokens is a cut', async () => {
    const task = await rig.start(inOrder({ content: 'ha', finish: 'max_tokens' }, { content: 'lf' }), anthropic);
    expect(await task.result()).toMatchObject({ result: 'half', iterations: 2 });
  });

  test('pause_turn continues the turn: asked again with the same conversation, without a turn of ours', async () => {
    const paused = { content: 'First ', finish: 'pause_turn' };
    const task = await rig.start(inOrder(paused, { content: 'last.' }), anthropic);
    expect(await task.result()).toMatchObject({ result: 'First last.', iterations: 2 });
    expect(task.requests()[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  });

  test('refusal fails the task with what the model said', async () => {
    const task = await rig.start(inOrder({ content: 'I will not.', finish: 'refusal' }), anthropic);
    expect((await task.failure()).message).toBe('The model refused to answer: I will not.');
    expect(task.requests()).toHaveLength(1);
  });

  test('model_context_window_exceeded shortens the conversation and asks again; the cut part is paid for', async () => {
    const content = 'I look around. '.repeat(100);
    const reading = {
      content,
      calls: [{ id: 'a', name: 'list_files', args: {} }],
      usage: { input: 10, output: 5 },
    };
    const full = { content: 'I s', finish: 'model_context_window_exceeded', usage: { input: 100, output: 50 } };
    const again = { ...reading, calls: [{ id: 'b', name: 'list_files', args: { recursive: false } }] };
    const task = await rig.start(inOrder(reading, again, full, { content: 'Seen.' }), anthropic);
    expect(await task.result()).toMatchObject({
      result: 'Seen.',
      iterations: 3,
      usage: { total_tokens: 15 * 3 + 150 },
    });
    const [, , whole, shorter] = task.requests();
    expect(JSON.stringify(shorter?.messages).length).toBeLessThan(JSON.stringify(whole?.messages).length);
  });
});

test("a content filter fails the task in words, with what was said; it isn't asked again", async () => {
  const task = await rig.start(inOrder({ content: 'The recipe', finish: 'content_filter' }));
  const failure = await task.failure();
  expect(failure.message).toBe("The provider's content filter stopped the answer: The recipe");
  expect(failure.details?.[0]).toMatchObject({ finish: 'content-filter', result: null });
  const silent = await rig.start(inOrder({ content: '', finish: 'content_filter' }));
  expect((await silent.failure()).message).toBe("The provider's content filter stopped the answer");
  expect(silent.requests()).toHaveLength(1);
});

test('a worker that is killed between two pieces: the next one continues, and no piece is asked for twice', async () => {
  const own = await startRig({ worker: false });
  const place = { address: own.address, namespace: own.namespace };
  const spawn = () => spawnWorker({ ...place, workdir: own.paths.workdir, workspace: own.workspace });
  let worker = await spawn();
  const pieces = (request: LlmRequest) => request.messages.filter(({ role }) => role === 'assistant').length;
  let hangs = true;
  const task = await own.start(
    (request) => {
      if (pieces(request) === 0) return cut('Before ');
      return hangs ? { hang: true } : { content: 'and after.' };
    },
    { limits },
  );
  await until(() => task.requests().length === 2, { what: 'the rest is asked for' });
  await worker.kill();
  hangs = false;
  worker = await spawn();
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Before and after.', iterations: 2 });
  expect(task.requests().map(pieces)).toEqual([0, 1, 1]);
  await worker.kill();
  await own.stop();
});
