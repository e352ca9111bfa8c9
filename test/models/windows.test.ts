/** Which context window of a model is known: the user's word goes first, the list of the package counts at the provider's host. */
import { expect, test } from 'vitest';
import { createModels } from '../../src/models/create-models.js';
import { PRICE_LIST } from '../../src/models/prices/price-list.js';

const models = createModels({ keys: {}, endpoints: { mistral: 'http://127.0.0.1:9/v1' }, windows: { 'gpt-4': 4_096 } });

test.each([
  ['a model of the list', { provider: 'openai', model: 'gpt-4o' }, 128_000],
  ['a snapshot of it', { provider: 'anthropic', model: 'claude-sonnet-4-5-20250929' }, 200_000],
  [
    'one at the same host by its address',
    { provider: 'openai', model: 'o3', endpoint: 'https://api.openai.com/v1' },
    200_000,
  ],
  ['one that the settings name', { provider: 'openai', model: 'gpt-4' }, 4_096],
  ['one at another host', { provider: 'openai', model: 'gpt-4o', endpoint: 'http://127.0.0.1:9/v1' }, undefined],
  ['one of a provider that has another address here', { provider: 'mistral', model: 'codestral-2508' }, undefined],
  ['one that is not listed', { provider: 'openai', model: 'gpt-4o-vision' }, undefined],
  ['a model of your own', { provider: 'mine', model: 'gpt-4o' }, undefined],
  ['the demo model', { provider: 'demo', model: 'demo' }, undefined],
] as const)('%s', (_, choice, tokens) => {
  expect(models.window(choice)).toBe(tokens);
});

test('every name of the list is one of the price list', () => {
  const at = createModels({ keys: {}, endpoints: {} });
  const small = Object.keys(PRICE_LIST).filter((name) => {
    const [provider = '', ...model] = name.split(':');
    return at.window({ provider, model: model.join(':') }) !== undefined;
  });
  expect(small).toHaveLength(30);
});
