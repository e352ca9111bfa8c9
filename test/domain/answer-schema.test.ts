/** The form of a schema for answers, the JSON in an answer, and what follows an answer that was checked. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { answerSchemaOf, jsonTextIn, problemOfForm } from '../../src/domain/answer-schema.js';
import type { Message } from '../../src/domain/conversation.js';
import { afterAnswer } from '../../src/domain/finish.js';
import { repairTurn } from '../../src/domain/own-turns.js';

test.each([
  ['no object', [1], 'a JSON Schema must be a JSON object'],
  ['a large one', { description: 'x'.repeat(40_000) }, 'more than 32768'],
  ['a reference to another document', { items: { $ref: 'https://example.com/a.json' } }, 'https://example.com/a.json'],
  ['a dynamic one', { items: [{ $dynamicRef: 'other.json#x' }] }, 'other.json#x'],
])('%s is refused', (_, schema, words) => {
  expect(problemOfForm(schema)).toContain(words);
});

test('references inside the schema, and data that looks like a reference, are accepted', () => {
  const schema = { $defs: { a: { type: 'string' } }, $ref: '#/$defs/a', default: { $ref: 'https://example.com' } };
  expect(problemOfForm(schema)).toBeUndefined();
});

test('a schema of zod becomes a JSON Schema; one that has none is refused with a hint', () => {
  const schema = answerSchemaOf(z.object({ n: z.int() }));
  expect(schema).toMatchObject({ type: 'object', properties: { n: { type: 'integer' } }, additionalProperties: false });
  expect(answerSchemaOf({ type: 'array' })).toEqual({ type: 'array' });
  expect(() => answerSchemaOf(z.object({ when: z.date() }))).toThrow(/gives no JSON Schema/);
  const old = { '~standard': { validate: () => undefined } };
  expect(() => answerSchemaOf(old as never)).toThrow(/gives no JSON Schema/);
});

test.each([
  ['plain', ' {"a": 1}\n', '{"a": 1}'],
  ['a text', '"one"', '"one"'],
  ['in a fence', '```json\n{"a": 1}\n```', '{"a": 1}'],
  ['in a fence with words around it', 'Here it is:\n\n~~~\n[1,\n 2]\n~~~\nDone.', '[1,\n 2]'],
  ['a fence inside the JSON', '{"code": "```js\\n1\\n```"}', '{"code": "```js\\n1\\n```"}'],
  ['one fence of two that is JSON', '```sh\nls -l\n```\n```json\n{}\n```', '{}'],
  ['two of them', '```json\n{}\n```\n```json\n[]\n```', undefined],
  ['prose', 'The answer is 1 apple.', undefined],
  ['JSON in prose', 'It is {"a": 1}.', undefined],
  ['a fence that never ends', '```json\n{"a": 1', undefined],
])('the JSON in an answer: %s', (_, answer, json) => {
  expect(jsonTextIn(answer)).toBe(json);
});

describe('after a checked answer', () => {
  const invalid = { kind: 'invalid', problem: "the value must have required property 'a'" } as const;
  const said = (content: string): Message => ({ role: 'assistant', content });
  const asked: Message[] = [{ role: 'user', content: 'Tell a.' }, said('no')];

  test('a valid one ends the task', () => {
    expect(afterAnswer({ kind: 'valid' }, asked)).toBeUndefined();
  });

  test('the first invalid one is repaired, the second fails with the reason', () => {
    expect(afterAnswer(invalid, asked)).toEqual({ kind: 'ask', turn: repairTurn(invalid.problem) });
    const repaired = [...asked, repairTurn(invalid.problem), said('again no')];
    expect(afterAnswer(invalid, repaired)).toEqual({
      kind: 'failed',
      error: `The answer does not match the JSON Schema, after one repair: ${invalid.problem}`,
    });
  });

  test('work in between changes nothing; a message of a person begins anew', () => {
    const repaired = [...asked, repairTurn(invalid.problem), said('I look.'), said('no')];
    expect(afterAnswer(invalid, repaired)).toMatchObject({ kind: 'failed' });
    const steered: Message[] = [...repaired, { role: 'user', content: 'Look at b too.' }, said('no')];
    expect(afterAnswer(invalid, steered)).toMatchObject({ kind: 'ask' });
  });
});
