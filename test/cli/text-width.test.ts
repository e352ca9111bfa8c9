import { expect, test } from 'vitest';
import { cutToWidth, padToWidth, widthOf } from '../../src/cli/text-width.js';

test.each([
  ['plain', 5],
  ['日本語', 6],
  ['한글', 4],
  ['👩‍👩‍👧', 2],
  ['e\u0301', 1],
  ['', 0],
])('%s takes %d columns', (text, columns) => expect(widthOf(text)).toBe(columns));

test('a cut text never takes more columns than there are, and half a character is none', () => {
  expect(cutToWidth('日本語のテスト', 7)).toBe('日本語…');
  expect(cutToWidth('日本語のテスト', 8)).toBe('日本語…');
  expect(cutToWidth('plain', 5)).toBe('plain');
  expect(cutToWidth('plain text', 6)).toBe('plain…');
  for (let columns = 1; columns < 16; columns++)
    expect(widthOf(cutToWidth('a日👩‍👩‍👧b語c', columns))).toBeLessThanOrEqual(columns);
  expect(padToWidth('日本', 6)).toBe('日本  ');
});
