/** Which price a reply has: the provider's own figure, the user's, that of the list at the provider's own host, or none. */
import { describe, expect, test } from 'vitest';
import { knownCost } from '../../src/domain/cost.js';
import { homeOf, PROVIDER_NAMES, type Provider } from '../../src/domain/provider.js';
import type { Model, Reply } from '../../src/models/model.js';
import { PRICE_LIST, PRICES_AS_OF } from '../../src/models/price-list.js';
import { hasPrice, listedDollars, type OwnPrices, withCost } from '../../src/models/prices.js';
import { errorOf, modelAt, question, serve } from './support.js';

const usage = { input_tokens: 1_000_000, output_tokens: 0, total_tokens: 1_000_000 };

type Remote = Exclude<Provider, 'demo'>;

function at(provider: Remote, model: string, baseUrl = homeOf(provider) ?? 'https://example.com') {
  return { provider, model, baseUrl };
}

async function costOf(priced: ReturnType<typeof at>, own?: OwnPrices, reply: Partial<Reply> = {}) {
  const model: Model = {
    ask: async () => ({
      content: '',
      calls: [],
      usage,
      finish: 'stop',
      provider: priced.provider,
      model: 'm',
      ...reply,
    }),
  };
  return knownCost((await withCost(model, priced, own).ask(question())).usage.cost);
}

describe('a name is found in the list', () => {
  test.each([
    ['as it is', 'openai', 'gpt-5', 1.25],
    ['with the date of a snapshot', 'openai', 'gpt-5-2025-08-07', 1.25],
    ['with a date as others write it', 'anthropic', 'claude-sonnet-4-5-20250929', 6],
    ['a snapshot with a price of its own', 'openai', 'gpt-4o-2024-05-13', 5],
  ] as const)('%s', async (_, provider, model, usd) => {
    expect(await costOf(at(provider, model))).toEqual({ usd, source: 'prices', unpriced: 0 });
  });

  test.each([
    ['a longer name', 'openai', 'gpt-5-turbo'],
    ['a shorter one', 'openai', 'gpt'],
    ['one of another provider', 'anthropic', 'gpt-5'],
    ['one that every object has', 'openai', 'constructor'],
    ['an alias that may point anywhere', 'openai', 'gpt-5-latest'],
  ] as const)('but not %s', async (_, provider, model) => {
    expect(await costOf(at(provider, model))).toBeNull();
    expect(hasPrice(at(provider, model))).toBe(false);
  });
});

test('the list says nothing of another endpoint, of a proxy, and of a local model', async () => {
  expect(await costOf(at('openai', 'gpt-5', 'https://llm.example.com/v1'))).toBeNull();
  expect(await costOf(at('litellm', 'gpt-5'))).toBeNull();
  expect(await costOf(at('ollama', 'llama3.1'))).toBeNull();
});

test("the user's own price goes before the list, and counts at every endpoint", async () => {
  const own = { 'openai:gpt-5': { input: 7, output: 1 }, 'litellm:local': { input: 0, output: 0 } };
  expect(await costOf(at('openai', 'gpt-5', 'https://llm.example.com/v1'), own)).toEqual({
    usd: 7,
    source: 'config',
    unpriced: 0,
  });
  expect(await costOf(at('openai', 'gpt-5-2025-08-07'), own)).toEqual({ usd: 7, source: 'config', unpriced: 0 });
  expect(await costOf(at('litellm', 'local'), own)).toEqual({ usd: 0, source: 'config', unpriced: 0 });
});

test("the provider's own figure goes first", async () => {
  const own = { 'openrouter:m': { input: 7, output: 1 } };
  const said = { usage: { ...usage, cost: { usd: 0.5, source: 'provider', unpriced: 0 } as const } };
  expect(await costOf(at('openrouter', 'm'), own, said)).toEqual({ usd: 0.5, source: 'provider', unpriced: 0 });
  expect(await costOf(at('openrouter', 'm'), own)).toEqual({ usd: 7, source: 'config', unpriced: 0 });
});

test('a reply without counts has no cost: it was not for nothing', async () => {
  expect(await costOf(at('openai', 'gpt-5'), {}, { usage: { ...usage, input_tokens: 0 } })).toBeNull();
});

test('a long request costs more as a whole, its output too', () => {
  const price = { input: 2, cached_input: 0.2, output: 10, long: { over: 200_000, input: 2, output: 1.5 } };
  const tokens = { input_tokens: 200_000, output_tokens: 100_000, cached_input_tokens: 100_000 };
  const now = new Date('2026-11-27T12:00:00Z');
  expect(listedDollars(tokens, price, now)).toBe(0.2 + 0.02 + 1);
  expect(listedDollars({ ...tokens, input_tokens: 300_000 }, price, now)).toBe(0.8 + 0.04 + 1.5);
});

test('an announced price counts from its day on', () => {
  const price = { input: 1, output: 1, next: { from: '2027-01-01', input: 2, output: 2 } };
  expect(listedDollars(usage, price, new Date('2026-12-31T23:59:59Z'))).toBe(1);
  expect(listedDollars(usage, price, new Date('2027-01-01T00:00:00Z'))).toBe(2);
});

test.each([
  ['on a Friday, in them', '2026-11-27T03:59:59Z', 2],
  ['on a Friday, after them', '2026-11-27T04:00:00Z', 1],
  ['on a Saturday', '2026-11-28T03:00:00Z', 1],
])('peak hours cost more: %s', (_, now, usd) => {
  expect(listedDollars(usage, { input: 1, output: 1, peak: { hours: [[1, 4]], times: 2 } }, new Date(now))).toBe(usd);
});

test('every row of the list is of a known provider, above nothing, and no cheaper to write than to read', () => {
  expect(PRICES_AS_OF).toMatch(/^\d{4}-\d\d-\d\d$/);
  for (const [name, price] of Object.entries(PRICE_LIST)) {
    expect(PROVIDER_NAMES, name).toContain(name.slice(0, name.indexOf(':')));
    expect(Math.min(price.input, price.output), name).toBeGreaterThan(0);
    expect(price.cached_input ?? price.input, name).toBeLessThanOrEqual(price.input);
    expect(price.cache_write ?? price.input, name).toBeGreaterThanOrEqual(price.input);
    expect(price.output, name).toBeGreaterThanOrEqual(price.input);
  }
});

test('over HTTP: the reply of a model with a price says what it cost, in a chain each its own', async () => {
  const server = await serve({ content: 'hello', usage: { input: 1000, output: 500 } });
  const model = modelAt(server, 'litellm', { prices: { 'litellm:m': { input: 2, output: 10 } } });
  expect((await model.ask(question())).usage.cost).toEqual({ usd: 0.007, source: 'config', unpriced: 0 });
  const unknown = (await modelAt(server).ask(question())).usage.cost;
  expect(unknown).toEqual({ usd: 0, source: null, unpriced: 1 });
});

test('a reply that is rejected is paid for: its error says what it cost', async () => {
  const server = await serve({ content: '', usage: { input: 1000, output: 500 } });
  const model = modelAt(server, 'litellm', { prices: { 'litellm:m': { input: 2, output: 10 } } });
  const { rejected, code } = await errorOf(model.ask(question()));
  expect(code).toBe('bad_reply');
  expect(rejected).toMatchObject({ empty: true, usage: { cost: { usd: 0.007, source: 'config', unpriced: 0 } } });
});
