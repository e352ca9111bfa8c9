import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { depthOf, layOut, problemOfJson, rawFieldsOf, stringOf, valuesOf } from '../../src/domain/json-text.js';
import { expectLinear } from '../support/growth.js';
import { SEEDS } from '../support/random.js';

describe('JSON as text', () => {
  test('gives fields and values with their text', () => {
    expect(rawFieldsOf('{ "a" : [1, {"b": 2}] ,\n"c}":"\\",", "a": 1.0 }')).toEqual([
      ['"a"', '[1, {"b": 2}]'],
      ['"c}"', '"\\","'],
      ['"a"', '1.0'],
    ]);
    expect(valuesOf('[ 1.0 , [ ], "]\\\\", {"a":[]}, null ]')).toEqual(['1.0', '[ ]', '"]\\\\"', '{"a":[]}', 'null']);
    expect(rawFieldsOf('{ }')).toEqual([]);
    expect(valuesOf('[\n]')).toEqual([]);
  });

  test('gives nothing of another kind of value', () => {
    expect([rawFieldsOf('[]'), rawFieldsOf('"{}"'), valuesOf('{}'), valuesOf('1'), stringOf('1')]).toEqual(
      Array(5).fill(undefined),
    );
  });

  test('gives the text of a string, except with a lone surrogate', () => {
    expect(stringOf('"\\u00e9\\ud83d\\ude00\\n"')).toBe('é😀\n');
    expect(stringOf('"\\ud83d"')).toBeUndefined();
  });

  test.each([
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,}',
    '01',
    '1.',
    '.5',
    '+1',
    'NaN',
    "'a'",
    '"\t"',
    '"\\x"',
    'nul',
    '1 2',
    '\u00a01',
  ])('%j has a problem', (text) => {
    expect(problemOfJson(text)).toBeDefined();
  });

  test('has a depth: lists and objects together, the deepest place counts', () => {
    expect(depthOf('"[[["')).toBe(0);
    expect(depthOf(`${'[{"a":'.repeat(64)}1${'}]'.repeat(64)}`)).toBe(128);
    expect(depthOf(`[${'[],'.repeat(1_000)}[]]`)).toBe(2);
    expect(problemOfJson(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBeUndefined();
  });

  test('of many backslashes is read in one pass', () => {
    const jsonOf = (times: number): string => `["${'\\\\'.repeat(times)}\\"", "${'\\"'.repeat(times)}"]`;
    expect(valuesOf(jsonOf(500_000))?.length).toBe(2);
    expectLinear(100_000, jsonOf, valuesOf);
  });
});

describe.each(SEEDS)('seed %i', (seed) => {
  const values = fc.jsonValue({ stringUnit: 'binary' });

  test('is laid out as JSON.stringify does, whatever its layout was', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1, '\t', '\r\n'), (value, indent) => {
        expect(layOut(JSON.stringify(value, null, indent), 0)).toBe(JSON.stringify(value, null, 2));
      }),
      { seed },
    );
  });

  test('gives the same values as JSON.parse', () => {
    fc.assert(
      fc.property(fc.array(values), fc.dictionary(fc.string({ unit: 'binary' }), values), (list, object) => {
        expect(valuesOf(JSON.stringify(list, null, 1))?.map((json) => JSON.parse(json))).toEqual(
          JSON.parse(JSON.stringify(list)),
        );
        const fields = rawFieldsOf(JSON.stringify(object))?.map(([name, json]) => [JSON.parse(name), JSON.parse(json)]);
        expect(fields).toEqual(Object.entries(JSON.parse(JSON.stringify(object))));
      }),
      { seed },
    );
  });
});
