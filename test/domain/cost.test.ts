/** What replies cost: cached tokens at their own price, no figure without a price, and sums that say what they leave out. */
import { describe, expect, test } from 'vitest';
import {
  addCosts,
  costOfReply,
  costText,
  countedTokens,
  dollars,
  dollarsOf,
  knownCost,
} from '../../src/domain/cost.js';
import { accept, addUsage, NO_USAGE, newRecord, spend } from '../../src/domain/task.js';

const PRICE = { input: 2, cached_input: 0.2, cache_write: 2.5, output: 10 };

describe('the cost of a reply', () => {
  test.each([
    ['input and output', { input_tokens: 1_000_000, output_tokens: 100_000 }, 3],
    [
      'tokens read from the cache are part of the input',
      { input_tokens: 1e6, output_tokens: 0, cached_input_tokens: 9e5 },
      0.38,
    ],
    [
      'and so are those written to it',
      { input_tokens: 1e6, output_tokens: 0, cached_input_tokens: 5e5, cache_write_tokens: 5e5 },
      1.35,
    ],
    [
      'counts that are more than the input are cut to it',
      { input_tokens: 10, output_tokens: 0, cached_input_tokens: 1e9, cache_write_tokens: 1e9 },
      0.000002,
    ],
    ['nothing', { input_tokens: 0, output_tokens: 0 }, 0],
  ])('%s', (_, usage, usd) => {
    expect(dollarsOf(usage, PRICE)).toBe(usd);
  });

  test('without prices of the cache, cached tokens cost what others do', () => {
    const usage = { input_tokens: 1e6, output_tokens: 0, cached_input_tokens: 5e5, cache_write_tokens: 2e5 };
    expect(dollarsOf(usage, { input: 2, output: 10 })).toBe(2);
  });
});

describe('the cost of a task', () => {
  const tokens = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  const priced = (usd: number, source: 'prices' | 'provider' = 'prices') => ({
    ...tokens,
    cost: costOfReply({ usd, source }),
  });
  const unknown = { ...tokens, cost: costOfReply(undefined) };

  test('is the sum, without the rests of binary fractions', () => {
    expect(addCosts(priced(0.1), priced(0.2))).toEqual({ usd: 0.3, source: 'prices', unpriced: 0 });
    expect(addCosts(NO_USAGE, priced(0.1))).toEqual({ usd: 0.1, source: 'prices', unpriced: 0 });
  });

  test('says that it has figures of several sources', () => {
    const sum = addUsage(priced(0.1), priced(1, 'provider'));
    expect(sum.cost).toEqual({ usd: 1.1, source: 'mixed', unpriced: 0 });
    expect(addCosts(sum, priced(0.1))?.source).toBe('mixed');
  });

  test('counts replies without a figure, and is not known while there is none', () => {
    const none = addUsage(unknown, unknown);
    expect(none.cost).toEqual({ usd: 0, source: null, unpriced: 2 });
    expect(knownCost(none.cost)).toBeNull();
    expect(addCosts(none, priced(0.1))).toEqual({ usd: 0.1, source: 'prices', unpriced: 2 });
  });

  test('does not pass off tokens that nothing was said about as free', () => {
    expect(addCosts(tokens, tokens)).toBeUndefined();
    expect(addCosts(tokens, priced(0.1))).toEqual({ usd: 0.1, source: 'prices', unpriced: 1 });
  });

  test('includes replies that were rejected', () => {
    const record = spend(newRecord(1, {}), priced(0.1));
    const accepted = accept(record, 2, { usage: priced(0.2), provider: 'openai', model: 'm', finish: 'stop' });
    expect(accepted.usage.cost).toEqual({ usd: 0.3, source: 'prices', unpriced: 0 });
  });
});

test.each([
  [undefined, undefined],
  [{ usd: 0, source: null, unpriced: 1 }, 'not known: there is no price for the model, so no cost limit counts it'],
  [{ usd: 0, source: 'prices', unpriced: 0 }, '$0'],
  [{ usd: 0.00001, source: 'prices', unpriced: 0 }, 'under $0.0001'],
  [{ usd: 0.01234, source: 'prices', unpriced: 1 }, '$0.0123, without 1 reply of unknown cost'],
  [{ usd: 12.345, source: 'mixed', unpriced: 3 }, '$12.35, without 3 replies of unknown cost'],
] as const)('the cost %j reads %j', (cost, text) => {
  expect(costText(cost)).toBe(text);
});

test('one dollar and more are shown in cents', () => {
  expect([dollars(0.9999), dollars(1), dollars(1234.5)]).toEqual(['$0.9999', '$1.00', '$1234.50']);
});

describe('against the token limit', () => {
  test.each([
    ['a task without a cache counts as before', {}, 1_100],
    ['tokens read from the cache count a tenth', { cached_input_tokens: 900 }, 290],
    ['tokens written to it count in full', { cache_write_tokens: 900 }, 1_100],
    ['more cached tokens than input do not make it less than nothing', { cached_input_tokens: 1e9 }, 200],
  ])('%s', (_, details, counted) => {
    expect(countedTokens({ input_tokens: 1_000, output_tokens: 100, total_tokens: 1_100, ...details })).toBe(counted);
  });
});
