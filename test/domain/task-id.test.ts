import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileNameOf, firstLine, idOfFileName, isTaskId, shortId } from '../../src/domain/task-id.js';
import { SEEDS } from '../support/random.js';

describe('an id', () => {
  test.each(['0bd5e576-9fea-4b85-9657-21c9d90d803c', 'a', 'Nightly_2.run-3', '7', 'x'.repeat(240), 'a.jsonl', 'a..b'])(
    '%j is the name of its files',
    (id) => {
      expect(isTaskId(id)).toBe(true);
      expect(fileNameOf(id)).toBe(id);
      expect(idOfFileName(id)).toBe(id);
    },
  );

  test.each([
    ['nightly-2026-11-27T10:00:00Z', 'nightly-2026-11-27T10%3A00%3A00Z'],
    ['a b', 'a%20b'],
    ['ä', '%C3%A4'],
    ['日報', '%E6%97%A5%E5%A0%B1'],
    ['.hidden', '%2Ehidden'],
    ['-rf', '%2Drf'],
    ['_x', '%5Fx'],
    ['a~order', 'a%7Eorder'],
    ["a*b'(c)!", 'a%2Ab%27%28c%29%21'],
    ['a.json', 'a%2Ejson'],
    ['a.b.JSON', 'a.b%2EJSON'],
    ['a.tmp', 'a%2Etmp'],
    ['.json', '%2Ejson'],
    ['a:b.json', 'a%3Ab%2Ejson'],
    ['a%2f', 'a%252f'],
    ['a%3Ab', 'a%253Ab'],
    ['$HOME', '%24HOME'],
    ['...', '%2E..'],
    ['CON', 'CON'],
  ])('%j has files named %j', (id, name) => {
    expect(isTaskId(id)).toBe(true);
    expect(fileNameOf(id)).toBe(name);
    expect(idOfFileName(name)).toBe(id);
  });

  test.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
    '/x',
    'a\n',
    '\na',
    'a\0',
    'a\u202eb',
    'a\u2028b',
    'a\ud800',
    'schedule:nightly',
    'x'.repeat(241),
    'ä'.repeat(41),
  ])('%j is refused', (id) => {
    expect(isTaskId(id)).toBe(false);
  });

  test('is shown by the first eight characters of that name', () => {
    expect(shortId('0bd5e576-9fea-4b85-9657-21c9d90d803c')).toBe('0bd5e576');
    expect(shortId('$(rm -rf)')).toBe('%24%28rm');
  });
});

test('no two ids have the same name, and every name is a plain one that gives its id back', () => {
  const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(id, id, (one, other) => {
      const name = fileNameOf(one);
      expect(name).toMatch(/^[A-Za-z0-9%][A-Za-z0-9._%-]*$/);
      expect(name).not.toMatch(/\.(json|tmp)$/i);
      if (isTaskId(one)) expect(idOfFileName(name)).toBe(one);
      if (one !== other) expect(name).not.toBe(fileNameOf(other));
    }),
    { seed: SEEDS[1] },
  );
});

test.each(['', 'a b', 'a:b', 'a%3ab', 'a%41', '%2E', '%2E%2E', '%2E.', '..', 'a~order', 'a%2Fb', 'a%00', 'a%', '%FF'])(
  '%j is not the name of the files of a task',
  (name) => {
    expect(idOfFileName(name)).toBeUndefined();
  },
);
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
