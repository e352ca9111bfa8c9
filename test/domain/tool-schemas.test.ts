/**
 * Whatever a tool says of its arguments: what goes out obeys the rules of all providers together, twice the same and
 * unchanged by a second pass, and what the model sends reaches the tool under the tool's own names.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normaliseParameters, restoreArguments } from '../../src/domain/tool-schemas/normalise.js';
import { createTools, toSpec } from '../../src/tools/catalogue.js';
import { SCALE, SEEDS } from '../support/random.js';
import { toolSchemaFaults } from '../support/tool-rules.js';

type Json = Record<string, unknown>;

const text = { type: 'string' };
const told = (parameters: unknown): Json => normaliseParameters(parameters).schema;
const object = (properties: Json, more: Json = {}): Json => ({ type: 'object', properties, ...more });
const property = (schema: unknown): unknown => (told(object({ a: schema })).properties as Json).a;

describe('the arguments as a whole', () => {
  test.each<[string, unknown, Json]>([
    ['no object at all', 'x', object({})],
    ['of another type', { type: 'array', items: text }, object({})],
    ['without properties', { type: 'object' }, object({})],
    ['without a type', { properties: { a: text } }, object({ a: text })],
    ['with its words', { $schema: 'x', $id: 'y', $comment: 'z', ...object({ a: text }) }, object({ a: text })],
    [
      'alternatives',
      {
        type: 'object',
        anyOf: [
          object({ a: text, b: text }, { required: ['a', 'b'] }),
          object({ b: text, c: text }, { required: ['b'] }),
        ],
      },
      object({ a: text, b: text, c: text }, { required: ['b'] }),
    ],
    [
      'alternatives that only require',
      object({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
      object({ a: text, b: text }),
    ],
    [
      'alternatives that a property tells apart',
      {
        oneOf: [
          object({ kind: { const: 'x' } }, { required: ['kind'] }),
          object({ kind: { const: 'y' } }, { required: ['kind'] }),
        ],
      },
      object({ kind: { type: 'string', enum: ['x', 'y'] } }, { required: ['kind'] }),
    ],
    [
      'parts that hold together',
      {
        allOf: [object({ a: text }, { required: ['a'] }), { $ref: '#/$defs/B' }],
        $defs: { B: object({ b: text }, { required: ['b'] }) },
      },
      object({ a: text, b: text }, { required: ['a', 'b'] }),
    ],
    [
      'required names that are not there',
      object({ a: text }, { required: ['a', 'b'] }),
      object({ a: text }, { required: ['a'] }),
    ],
    ['words that not all take', object({ a: text }, { not: { required: ['a'] } }), object({ a: text })],
  ])('%s', (_, given, expected) => {
    expect(told(given)).toEqual(expected);
  });
});

describe('a property', () => {
  test.each<[string, unknown, unknown]>([
    ['a list of anything', { type: 'array' }, { type: 'array', items: {} }],
    [
      'a tuple',
      { type: 'array', items: [text, { type: 'integer' }] },
      { type: 'array', items: { anyOf: [text, { type: 'integer' }] } },
    ],
    ['a tuple of the newer kind', { type: 'array', prefixItems: [text, text] }, { type: 'array', items: text }],
    ['one value', { const: 'x' }, { type: 'string', enum: ['x'] }],
    ['numbers as choices', { type: 'integer', enum: [1, 2] }, { type: 'integer', description: '(one of 1, 2)' }],
    ['no choices', { type: 'string', enum: [] }, text],
    ['an empty text as choice', { enum: ['', 'a'] }, { type: 'string', description: '(one of "", "a")' }],
    ['a date', { type: 'string', format: 'date-time' }, { type: 'string', format: 'date-time' }],
    [
      'another format',
      { type: 'string', format: 'uri', description: 'Where.' },
      { type: 'string', description: 'Where. (format uri)' },
    ],
    ['a pattern', { type: 'string', pattern: '^a' }, { type: 'string', description: '(pattern ^a)' }],
    ['the bounds of draft 4', { type: 'integer', minimum: 1, exclusiveMinimum: true }, { type: 'integer', minimum: 2 }],
    [
      'bounds that are not reached',
      { type: 'number', exclusiveMaximum: 1 },
      { type: 'number', description: '(less than 1)' },
    ],
    [
      'two types',
      { type: ['string', 'integer'], minLength: 1 },
      { anyOf: [{ type: 'string', minLength: 1 }, { type: 'integer' }] },
    ],
    ['a type or null', { type: ['string', 'null'], default: null }, text],
    [
      'alternatives with null',
      { anyOf: [text, { type: 'null' }], description: 'D' },
      { type: 'string', description: 'D' },
    ],
    ['a type in other words', { type: 'Int' }, { type: 'integer' }],
    ['an unknown type', { type: 'file', description: 'D' }, { description: 'D' }],
    ['words of another type', { type: 'string', items: text, required: ['a'], minimum: 1 }, text],
    ['a description that is no text', { type: 'string', description: 7 }, text],
    ['anything', true, {}],
    ['nothing', false, undefined],
  ])('%s', (_, given, expected) => {
    expect(property(given)).toEqual(expected);
  });
});

describe('references', () => {
  test('are written out, with the words beside them', () => {
    const given = { ...object({ a: { $ref: '#/definitions/x~1y', description: 'D' } }), definitions: { 'x/y': text } };
    expect(told(given)).toEqual(object({ a: { type: 'string', description: 'D' } }));
  });

  test('that contain themselves end in an open object', () => {
    const tree = object({ name: text, child: { $ref: '#/$defs/Tree' } });
    const given = { ...object({ tree: { $ref: '#/$defs/Tree' } }), $defs: { Tree: tree } };
    expect(told(given)).toEqual(object({ tree: object({ name: text, child: { type: 'object' } }) }));
  });

  test.each(['#/nowhere', 'https://example.org/schema', '#/%zz'])('%s leads nowhere: anything', ($ref) => {
    expect(property({ $ref })).toEqual({});
  });

  test('that double with each step do not fill the memory', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 12 }, (_, n) => [
        `D${n}`,
        object(Object.fromEntries([...'abcdefgh'].map((name) => [name, { $ref: `#/$defs/D${n + 1}` }]))),
      ]),
    );
    expect(JSON.stringify(told({ ...object({ a: { $ref: '#/$defs/D0' } }), $defs })).length).toBeLessThan(300_000);
  });
});

describe('names of properties', () => {
  const given = object(
    {
      'filter[name]': text,
      filter_name: text,
      $top: { type: 'integer' },
      '': text,
      ['x'.repeat(70)]: text,
      list: { type: 'array', items: object({ 'a b': text }, { required: ['a b'] }) },
      map: { type: 'object', additionalProperties: object({ 'c d': text }) },
      either: { anyOf: [text, object({ '@id': text }, { required: ['@id'] })] },
    },
    { required: ['filter[name]', 'filter_name'] },
  );

  test('are made fit', () => {
    const { properties, required } = told(given);
    expect(Object.keys(properties as Json)).toEqual([
      'filter_name_2',
      'filter_name',
      'top',
      'value',
      'x'.repeat(56),
      'list',
      'map',
      'either',
    ]);
    expect(required).toEqual(['filter_name_2', 'filter_name']);
  });

  test('come back to the tool as its own, at every depth and nowhere else', () => {
    const args = {
      filter_name_2: 'a',
      filter_name: 'b',
      top: 1,
      more: { top: 2 },
      list: [{ a_b: 'x' }],
      map: { top: { c_d: 'y' } },
      either: { id: 'z' },
    };
    expect(restoreArguments(normaliseParameters(given), args)).toEqual({
      'filter[name]': 'a',
      filter_name: 'b',
      $top: 1,
      more: { top: 2 },
      list: [{ 'a b': 'x' }],
      map: { top: { 'c d': 'y' } },
      either: { '@id': 'z' },
    });
  });

  test('what must be there and may be null is null when the model leaves it out', () => {
    const strict = object({ a: text, b: { type: ['string', 'null'] } }, { required: ['a', 'b'] });
    const others = [
      { anyOf: [text, { type: 'null' }] },
      { nullable: true, oneOf: [text] },
      { ...text, nullable: true },
    ];
    for (const b of others) {
      expect(told(object({ a: text, b }, { required: ['a', 'b'] }))).toEqual(told(strict));
    }
    expect(told(strict)).toEqual(object({ a: text, b: text }, { required: ['a'] }));
    expect(restoreArguments(normaliseParameters(strict), { a: 'x' })).toEqual({ a: 'x', b: null });
    expect(restoreArguments(normaliseParameters(strict), { a: 'x', b: 'y' })).toEqual({ a: 'x', b: 'y' });
  });
});

test('a person is told what changed, in a bounded list', () => {
  const given = object(
    { 'a b': { type: 'array' }, c: { type: 'string', format: 'uri' } },
    { anyOf: [{ required: ['c'] }] },
  );
  expect(normaliseParameters(given).changes).toEqual([
    'the arguments: its alternatives are merged into one object',
    'a b: its items may be anything',
    'c: the description says what the schema said: format uri',
    '"a b" is called a_b',
  ]);
  const many = object(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`a ${n}`, text])));
  expect(normaliseParameters(many).changes).toHaveLength(21);
});

test('the schemas of our own tools are told as they are', async () => {
  for (const tool of (await createTools({ env: {} })).values()) {
    const { parameters } = toSpec(tool);
    expect(normaliseParameters(parameters)).toMatchObject({ schema: parameters, changes: [] });
  }
});

test('a schema is worked on once', () => {
  const given = object({ a: { type: 'array' } });
  expect(normaliseParameters(given)).toBe(normaliseParameters(given));
});

test.each(SEEDS)('every schema becomes one that all providers accept (seed %i)', (seed) => {
  fc.assert(
    fc.property(odd, (given) => {
      const { schema } = normaliseParameters(given);
      expect(toolSchemaFaults(schema)).toEqual([]);
      // The same again from a copy, in the same order; and nothing is left to do.
      expect(JSON.stringify(told(structuredClone(given)))).toBe(JSON.stringify(schema));
      expect(normaliseParameters(structuredClone(schema))).toMatchObject({ schema, changes: [] });
    }),
    { seed, numRuns: Math.ceil(6_000 * SCALE) },
  );
});

test.each(SEEDS)('arguments under the told names reach the tool under its own (seed %i)', (seed) => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 8 }), (names) => {
      const properties = Object.fromEntries(names.map((one) => [one, { type: 'string', title: `of ${one}` }]));
      const normalised = normaliseParameters(object({ outer: { type: 'array', items: object(properties) } }));
      const { outer } = normalised.schema.properties as { outer: { items: { properties?: Record<string, Json> } } };
      const safe = Object.entries(outer.items.properties ?? {}).map(([one, { title }]) => [one, title]);
      const own = names.map((one) => [one, `of ${one}`.toWellFormed()]);
      expect(restoreArguments(normalised, { outer: [Object.fromEntries(safe)] })).toEqual({
        outer: [Object.fromEntries(own)],
      });
    }),
    { seed, numRuns: Math.ceil(2_000 * SCALE) },
  );
});

// ---

const name = fc.oneof(fc.constantFrom('a', 'b', 'a b', 'a_b', '$top', '', 'x'.repeat(65), 'ü'), fc.string());

/** Schemas as people write them, with every word in a wrong place now and then. */
const { odd } = fc.letrec<{ odd: unknown }>((tie) => {
  const schemas = fc.array(tie('odd'), { maxLength: 3 });
  const map = fc.dictionary(name, tie('odd'), { maxKeys: 4 });
  const type = fc.constantFrom('string', 'number', 'integer', 'boolean', 'object', 'array', 'null', 'int', 'any');
  const scalar = fc.constantFrom<unknown[]>('a', '', 1, 1.5, null, true, [1], { a: 1 });
  const count = fc.constantFrom<unknown[]>(0, 3, -1, 1.5, '2', true, null);
  const node = fc.record(
    {
      type: fc.oneof({ weight: 4, arbitrary: type }, fc.array(type, { maxLength: 3 }), fc.constant(7)),
      properties: fc.oneof({ weight: 6, arbitrary: map }, fc.constantFrom(null, [], 1)),
      required: fc.oneof(fc.array(name, { maxLength: 3 }), fc.constantFrom(true, 'a', null)),
      items: fc.oneof(tie('odd'), schemas),
      additionalProperties: tie('odd'),
      prefixItems: schemas,
      allOf: schemas,
      anyOf: schemas,
      oneOf: schemas,
      not: tie('odd'),
      $ref: fc.constantFrom('#', '#/properties/a', '#/$defs/A', '#/$defs/none', 'x'),
      $defs: fc.record({ A: tie('odd') }),
      enum: fc.oneof(fc.array(scalar, { maxLength: 3 }), fc.constant('a')),
      const: scalar,
      format: fc.constantFrom('uri', 'date-time', 'odd', 7),
      pattern: fc.constantFrom('^a$', '(', 7),
      minimum: count,
      maximum: count,
      exclusiveMinimum: count,
      exclusiveMaximum: count,
      minLength: count,
      minItems: count,
      uniqueItems: count,
      nullable: fc.constantFrom<unknown[]>(true, false, 'x'),
      default: scalar,
      description: fc.oneof(fc.string(), fc.constantFrom('x'.repeat(5_000), 7, null, '\ud800')),
      title: fc.constantFrom('T', 7),
      $comment: fc.constant('c'),
    },
    { requiredKeys: [] },
  );
  return {
    odd: fc.oneof({ maxDepth: 4, withCrossShrink: true }, fc.constantFrom<unknown[]>(true, false, null, 'x', {}), node),
  };
});

test('what cannot be told is named: a reference to nothing, a name that is required and not there, a value that is only null', () => {
  const changesOf = (parameters: unknown): string => normaliseParameters(parameters).changes.join('; ');
  expect(changesOf(object({ a: { $ref: '#/$defs/none' } }))).toContain('#/$defs/none leads nowhere');
  expect(changesOf(object({ a: { $ref: '#/$defs/any' } }, { $defs: { any: true } }))).not.toContain('leads nowhere');
  expect(changesOf(object({ a: text }, { required: ['a', 'b'] }))).toContain('it requires b, which it does not have');
  expect(changesOf(object({ a: text }, { required: ['a'] }))).not.toContain('requires');
  expect(told(object({ a: text, b: false }, { required: ['a', 'b'] }))).toEqual(
    object({ a: text }, { required: ['a'] }),
  );
});
