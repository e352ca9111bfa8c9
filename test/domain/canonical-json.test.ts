import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../src/domain/canonical-json.js';
import { SEEDS } from '../support/random.js';

test('names are sorted at every depth, lists keep their order, undefined fields are left out', () => {
  expect(canonical({ b: [3, { d: 1, c: undefined }, 1], a: { z: null, y: 'ä' } })).toBe(
    '{"a":{"y":"ä","z":null},"b":[3,{"d":1},1]}',
  );
});

test('names that look like indices of a list are sorted as all others', () => {
  expect(canonical({ 9: 1, 10: 2, a: 3 })).toBe('{"10":2,"9":1,"a":3}');
});

test.each([
  ['another value', { a: 1 }, { a: 2 }],
  ['a number as text', { a: 1 }, { a: '1' }],
  ['null for nothing', { a: null }, {}],
  ['another order of a list', { a: [1, 2] }, { a: [2, 1] }],
  ['a field one level deeper', { a: { b: 1 } }, { a: 1, b: 1 }],
  ['a field named __proto__', JSON.parse('{"__proto__": {"a": 1}}'), {}],
])('%s is another text', (_, a, b) => {
  expect(canonical(a)).not.toBe(canonical(b));
});

/** The same value with the names of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, field]) => [name, reversed(field)] as const);
  return Object.fromEntries(entries.reverse());
}

describe.each(SEEDS)('seed %i', (seed) => {
  test('the same value gives the same text: in another order, and after it crossed a wire', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = canonical(value);
        expect(canonical(reversed(value))).toBe(text);
        expect(canonical(JSON.parse(JSON.stringify(value)))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed },
    );
  });
});
