/** The model of a connection is opened once and used again: requests at the same time do not meet in it. */
import { expect, test } from 'vitest';
import type { Provider } from '../../src/domain/provider.js';
import { createModels } from '../../src/models/create-models.js';
import { errorOf, KEY, question, serve } from './support.js';

const asks = (word: string) => question({ messages: [{ role: 'user', content: word }], tools: [] });

test.each(['litellm', 'anthropic', 'openrouter'] as Provider[])(
  'many questions to %s at once get their own answers, one after a failure too',
  async (provider) => {
    const server = await serve(({ messages }) => {
      const word = JSON.stringify(messages);
      if (word.includes('fail')) return { status: 500, body: 'no' };
      return { content: /word \d+/.exec(word)?.[0] ?? '', pieceDelayMs: 1 };
    });
    const models = createModels({ keys: { [provider]: KEY }, endpoints: { [provider]: server.url } });
    const ask = (word: string) => models.open([{ provider, model: 'm' }], { trustedEndpoint: false }).ask(asks(word));
    for (let round = 0; round < 3; round++) {
      const words = Array.from({ length: 8 }, (_, n) => `word ${round * 8 + n}`);
      const failing = errorOf(ask('fail'));
      const replies = await Promise.all(words.map(ask));
      expect(replies.map(({ content }) => content)).toEqual(words);
      expect((await failing).code).toBe('unavailable');
    }
    expect(server.requests).toHaveLength(27);
  },
);

test('the same model name at two addresses is two models', async () => {
  const servers = await Promise.all(['one', 'two'].map((content) => serve({ content })));
  const models = createModels({ keys: {}, endpoints: {} });
  const said = servers.map(async ({ url }) => {
    const chain = [{ provider: 'litellm' as const, model: 'm', endpoint: url }];
    return (await models.open(chain, { trustedEndpoint: false }).ask(asks('hi'))).content;
  });
  expect(await Promise.all(said)).toEqual(['one', 'two']);
});

test('an endpoint that a task named gets no key, although the user named it before', async () => {
  const server = await serve({ content: 'ok' });
  const models = createModels({ keys: { openai: KEY }, endpoints: {} });
  const chain = [{ provider: 'openai' as const, model: 'm', endpoint: server.url }];
  await models.open(chain, { trustedEndpoint: true }).ask(asks('hi'));
  await models.open(chain, { trustedEndpoint: false }).ask(asks('hi'));
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`, undefined]);
});
