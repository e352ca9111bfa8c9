import truncatedWidth from 'fast-string-truncated-width';
import { expect, test } from 'vitest';
import { cutToWidth, padToWidth, widthOf } from '../../src/cli/text-width.js';
import { chance } from '../support/random.js';

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

const CHARACTERS = ['a', '"', '“', '→', 'ö', 'Ж', 'λ', '日', '한', 'ア', 'ぃ'];
/** What only the library knows. */
const OTHERS = ['e\u0301', '👩‍👩‍👧', '\ufe0f', '、', '！'];

test('a text of letters of many scripts is as wide as the library says, and is cut where one more would not fit', () => {
  const { below, pick } = chance(11);
  for (let n = 0; n < 400; n++) {
    const letters = Array.from({ length: below(14) }, () =>
      pick(n % 4 === 0 ? [...CHARACTERS, ...OTHERS] : CHARACTERS),
    );
    const text = letters.join('');
    expect(widthOf(text)).toBe(truncatedWidth(text).width);
    if (n % 4 === 0) continue;
    const columns = 1 + below(20);
    const cut = cutToWidth(text, columns);
    if (widthOf(text) <= columns) expect(cut).toBe(text);
    else {
      const kept = cut.slice(0, -1);
      expect(text.startsWith(kept) && cut.endsWith('…')).toBe(true);
      expect(widthOf(cut)).toBeLessThanOrEqual(columns);
      expect(widthOf(text.slice(0, kept.length + 1)) + 1).toBeGreaterThan(columns);
    }
  }
});
