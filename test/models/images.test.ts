/** Images of a conversation: by address where the model fetches it itself, with the type that their bytes have. */
import { expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import { errorOf, modelAt, question, serve } from './support.js';

const PNG = 'iVBORw0KGgo=';

const showing = (url: string): Message[] => [{ role: 'user', content: '', parts: [{ image_url: { url } }] }];

test('an image that is called something else has the type of its bytes', async () => {
  const server = await serve({ content: 'seen' });
  await modelAt(server, 'anthropic').ask(question({ messages: showing(`data:image/jpeg;base64,${PNG}`) }));
  expect(server.requests[0]?.messages).toMatchObject([
    { content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }] },
  ]);
});

test('a model that fetches images is told the address', async () => {
  const server = await serve({ content: 'seen' });
  const url = 'https://unreachable.invalid/a.png';
  await modelAt(server, 'anthropic').ask(question({ messages: showing(url) }));
  expect(server.requests[0]?.messages).toMatchObject([{ content: [{ type: 'image', source: { type: 'url', url } }] }]);
});

test('for any other model it is fetched here, but nothing from this machine', async () => {
  const server = await serve({ content: 'seen' });
  const image = await serve({ status: 200, body: 'secret' });
  const error = await errorOf(modelAt(server, 'mistral').ask(question({ messages: showing(`${image.url}/a.png`) })));
  expect(error).toMatchObject({ code: 'bad_request', message: expect.stringContaining('cannot be made') });
  expect([server.requests.length, image.requests.length]).toEqual([0, 0]);
});
