import { describe, expect, test } from 'vitest';
import { firstLine, isSafeId, shortId } from '../../src/domain/task-id.js';

describe('an id', () => {
  test.each(['0bd5e576-9fea-4b85-9657-21c9d90d803c', 'a', 'Nightly_2.run-3', '7', 'x'.repeat(128), 'a.jsonl', 'a..b'])(
    '%j is a safe file name',
    (id) => {
      expect(isSafeId(id)).toBe(true);
    },
  );

  test.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
    '/x',
    '.hidden',
    '-rf',
    '_x',
    'a b',
    'a\n',
    '\na',
    'a\0',
    'ä',
    'a:b',
    'a~order',
    'a*',
    'x'.repeat(129),
    'a.json',
    'a.JSON',
    'a.tmp',
    '.json',
    'a%2f',
    '$HOME',
  ])('%j is none', (id) => {
    expect(isSafeId(id)).toBe(false);
  });

  test('is shown by its first eight characters', () => {
    expect(shortId('0bd5e576-9fea-4b85-9657-21c9d90d803c')).toBe('0bd5e576');
  });
});

describe('the first line of a text', () => {
  test.each([
    ['  one\ntwo', 'one'],
    ['\r\n\r\none\r\ntwo', 'one'],
    ['', ''],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['x'.repeat(81), `${'x'.repeat(79)}…`],
    ['😀'.repeat(81), `${'😀'.repeat(79)}…`],
  ])('%j is %j', (text, line) => {
    expect(firstLine(text)).toBe(line);
  });
});
