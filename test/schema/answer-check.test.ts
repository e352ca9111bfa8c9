/** Schemas and answers are checked as their dialect says, and each problem is one sentence. */
import { expect, test } from 'vitest';
import { problemOfAnswer, problemOfSchema } from '../../src/schema/answer-check.js';

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, size: { enum: ['small', 'large'] } },
  required: ['city'],
  additionalProperties: false,
};

test('a value that matches has no problem; one that does not is told where and how', async () => {
  expect(await problemOfAnswer(SCHEMA, '{"city": "Ulm", "size": "small"}')).toBeUndefined();
  expect(await problemOfAnswer(SCHEMA, '{"size": "huge", "x": 1}')).toBe(
    `the value must have required property 'city'; the value must NOT have additional properties ("x"); /size must be equal to one of the allowed values (["small","large"])`,
  );
  const many = { type: 'array', items: { type: 'integer' } };
  expect(await problemOfAnswer(many, '["a","b","c","d","e","f","g"]')).toMatch(/\/4 must be integer and 2 more$/);
});

test.each([
  ['draft 2020-12', { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'integer' }] }],
  ['draft 2019-09', { $schema: 'https://json-schema.org/draft/2019-09/schema', items: [{ type: 'integer' }] }],
  ['draft-07', { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'integer' }] }],
])('%s is checked by its own rules', async (_, schema) => {
  expect(await problemOfSchema(schema)).toBeUndefined();
  expect(await problemOfAnswer(schema, '[1]')).toBeUndefined();
  expect(await problemOfAnswer(schema, '["a"]')).toBe('/0 must be integer');
});

test('keywords and formats that are not known are no error', async () => {
  const schema = { type: 'string', format: 'moment', 'x-order': 1 };
  expect(await problemOfSchema(schema)).toBeUndefined();
  expect(await problemOfAnswer(schema, '"now"')).toBeUndefined();
});

test.each([
  ['a wrong type', { type: 'objekt' }, 'it is no valid JSON Schema'],
  ['a reference to nothing', { $ref: '#/$defs/x' }, "can't resolve reference"],
  ['a broken pattern', { pattern: '(' }, 'it is no valid JSON Schema'],
  ['an old draft', { $schema: 'http://json-schema.org/draft-04/schema#' }, 'draft 2020-12, 2019-09 and draft-07'],
  ['an asynchronous one', { $async: true }, '$async'],
  ['a remote reference', { $ref: 'https://example.com/a' }, 'nothing is fetched'],
])('%s is refused', async (_, schema, words) => {
  expect(await problemOfSchema(schema)).toContain(words);
});

test('two schemas with the same $id do not meet', async () => {
  const one = { $id: 'https://example.com/answer', type: 'integer' };
  const other = { $id: 'https://example.com/answer', type: 'string' };
  expect(await problemOfAnswer(one, '1')).toBeUndefined();
  expect(await problemOfAnswer(other, '"a"')).toBeUndefined();
});
