/** What is read as calls is bounded in its work, whatever a model writes. The forms are tested where replies are read. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startOfCalls, wholeCalls, withoutFence } from '../../src/domain/text-calls.js';
import { expectLinear } from '../support/growth.js';
import { SCALE, SEEDS } from '../support/random.js';

test.each([
  ['tags', '<tool_call>'],
  ['functions', '<function=a>'],
  ['Mistral', '[TOOL_CALLS]a[ARGS]{}'],
  ['spaces', ' '],
])('a large text of %s is read in one pass', (_, piece) => {
  const textOf = (size: number): string => `<function=a>${piece.repeat(size / piece.length)}`;
  expectLinear(40_000, textOf, (text) => [wholeCalls(text), wholeCalls(text.slice(12)), startOfCalls(text)]);
});

test('deep nesting is no call', () => {
  expect(wholeCalls(`<tool_call>${'['.repeat(50_000)}${']'.repeat(50_000)}</tool_call>`)).toBeUndefined();
});

test.each(SEEDS)('no text makes it fail, and what it reads has a name (seed %i)', (seed) => {
  const piece = fc.oneof(
    fc.constantFrom('<tool_call>', '</tool_call>', '<function=', 'a>', '</function>', '<parameter=x>', '</parameter>'),
    fc.constantFrom(
      '[TOOL_CALLS]',
      '[ARGS]',
      '{"name":"a","arguments":',
      '{}',
      '}',
      '<arg_key>',
      '<arg_value>',
      '```\n',
    ),
    fc.constantFrom('<|channel|>commentary to=a<|message|>', '<invoke name="a">', '</invoke>', '<|python_tag|>', '\n'),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      for (const call of wholeCalls(pieces.join('')) ?? []) expect(call.name).toEqual(expect.any(String));
    }),
    { seed, numRuns: Math.ceil(10_000 * SCALE) },
  );
});

test('only a text that is one code block loses its fence', () => {
  expect(withoutFence('```json\n{"a":1}\n```')).toBe('{"a":1}');
  for (const text of [
    '```json\n{"a":1}\n``` and more',
    'before\n```json\n{}\n```',
    '```\na\n```\nb\n```\nc\n```',
    '``````',
  ]) {
    expect(withoutFence(text)).toBe(text);
  }
});

test('a list is calls only when each of its values is one', () => {
  const call = { name: 'a', arguments: {} };
  expect(wholeCalls(JSON.stringify([call, call]))).toHaveLength(2);
  expect(wholeCalls(JSON.stringify([call, { note: 'x' }]))).toBeUndefined();
});
