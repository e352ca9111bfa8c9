/** A chain asks the next model when one cannot answer now, and says who answered. */
import { expect, test } from 'vitest';
import { createModels } from '../../src/models/create-models.js';
import type { Script } from '../support/llm-server.js';
import { errorOf, question, serve } from './support.js';

const CHAIN = [
  { provider: 'litellm', model: 'first' },
  { provider: 'ollama', model: 'second' },
] as const;

async function chainOf(first: Script, second: Script) {
  const servers = [await serve(first), await serve(second)] as const;
  const endpoints = { litellm: servers[0].url, ollama: servers[1].url };
  const model = createModels({ keys: {}, endpoints }).open(CHAIN, { trustedEndpoint: false });
  return { model, asked: () => servers.map(({ requests }) => requests.length) };
}

test('the first model answers when it can', async () => {
  const { model, asked } = await chainOf({ content: 'one' }, { content: 'two' });
  expect(await model.ask(question())).toMatchObject({ content: 'one', provider: 'litellm', model: 'first' });
  expect(asked()).toEqual([1, 0]);
});

test.each([
  ['its key is refused', { status: 401 }],
  ['there is no credit', { status: 402 }],
  ['its rate is limited', { status: 429 }],
  ['it is down', { status: 503 }],
  ['it closes the connection', { reset: true }],
  ['its reply is broken', { html: true }],
  ['its reply is empty', { content: '' }],
  ['it refuses the request', { status: 400 }],
  ['it is not found', { status: 404 }],
  ['it is retired', { status: 410 }],
] as const)('the second one answers when %s', async (_, script) => {
  const { model, asked } = await chainOf(script, { content: 'two' });
  expect(await model.ask(question())).toMatchObject({ content: 'two', provider: 'ollama', model: 'second' });
  expect(asked()).toEqual([1, 1]);
});

test('a conversation that is too long is not taken to the second one', async () => {
  const { model, asked } = await chainOf({ status: 413 }, { content: 'two' });
  expect(await errorOf(model.ask(question()))).toMatchObject({ code: 'context_overflow' });
  expect(asked()).toEqual([1, 0]);
});

test('the tokens of an empty reply count, also when the next model answers', async () => {
  const { model } = await chainOf(
    { content: '', usage: { input: 100, output: 1 } },
    { content: 'two', usage: { input: 20, output: 2 } },
  );
  expect((await model.ask(question())).usage).toMatchObject({ input_tokens: 120, output_tokens: 3, total_tokens: 123 });
});

test('a model without a key is passed over', async () => {
  const server = await serve({ content: 'two' });
  const models = createModels({ keys: {}, endpoints: { ollama: server.url } });
  const model = models.open([{ provider: 'openai', model: 'm' }, CHAIN[1]], { trustedEndpoint: false });
  expect(await model.ask(question())).toMatchObject({ provider: 'ollama' });
});

test('when all fail, an error that passes is reported, else one that a person can cure, else the first', async () => {
  const passing = await chainOf({ status: 401 }, { status: 503 });
  expect(await errorOf(passing.model.ask(question()))).toMatchObject({ code: 'unavailable' });
  const lasting = await chainOf({ status: 402 }, { status: 401 });
  expect(await errorOf(lasting.model.ask(question()))).toMatchObject({ code: 'billing' });
  const curable = await chainOf({ status: 404 }, { status: 401 });
  expect(await errorOf(curable.model.ask(question()))).toMatchObject({ code: 'auth' });
  const refused = await chainOf({ status: 404 }, { status: 400 });
  expect(await errorOf(refused.model.ask(question()))).toMatchObject({ message: expect.stringContaining('(404)') });
});

test('of two that pass by waiting, the one that passes sooner is reported', async () => {
  const limited = { status: 429, headers: { 'retry-after': '1800' } };
  const { model } = await chainOf(limited, { status: 503 });
  expect(await errorOf(model.ask(question()))).toMatchObject({ code: 'unavailable' });
});

test('an abort ends the chain', async () => {
  const { model, asked } = await chainOf({ hang: true }, { content: 'two' });
  const controller = new AbortController();
  const reply = model.ask(question({ signal: controller.signal }));
  reply.catch(() => undefined);
  await expect.poll(asked).toEqual([1, 0]);
  controller.abort(new Error('stop'));
  await expect(reply).rejects.toThrow('stop');
  expect(asked()).toEqual([1, 0]);
});
