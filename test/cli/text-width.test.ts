import truncatedWidth from 'fast-string-truncated-width';
import { expect, test } from 'vitest';
import { cutToWidth, padToWidth, widthOf, wrapToWidth } from '../../src/cli/text-width.js';
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

const CHARACTERS = ['a', '"', '“', '→', 'ö', 'Ж', 'λ', '日', '한', 'ア', 'ぃ', '、', '。', '！', 'ー', '　', '「'];
/** What only the library knows. */
const OTHERS = ['e\u0301', '👩‍👩‍👧', '\ufe0f', '🎉', '🇯🇵', 'か\u3099', '〽', '𠮷', 'ﾊﾟ', '☎\ufe0f', '각'];

test('a text of letters of many scripts is as wide as the library says, and is cut where one more would not fit', () => {
  const { below, pick } = chance(11);
  for (let n = 0; n < 600; n++) {
    const letters = Array.from({ length: below(14) }, () =>
      pick(n % 2 === 0 ? [...CHARACTERS, ...OTHERS] : CHARACTERS),
    );
    const text = letters.join('');
    expect(widthOf(text)).toBe(truncatedWidth(text).width);
    const columns = 1 + below(20);
    const cut = cutToWidth(text, columns);
    if (widthOf(text) <= columns) {
      expect(cut).toBe(text);
      continue;
    }
    const kept = cut.slice(0, -1);
    const [next = ''] = [...new Intl.Segmenter().segment(text.slice(kept.length))].map(({ segment }) => segment);
    expect(text.startsWith(kept) && cut.endsWith('…')).toBe(true);
    expect(truncatedWidth(cut).width).toBeLessThanOrEqual(columns);
    expect(widthOf(kept + next) + 1).toBeGreaterThan(columns);
  }
});

test('a wide character before a run of others is counted where a line is cut and where it is broken', () => {
  const line = '日本語の依頼: ファイルの数を数えて、その結果を短くまとめてください。最後に一行で答えること。';
  for (let columns = 2; columns < 100; columns++) {
    expect(truncatedWidth(cutToWidth(line, columns)).width).toBeLessThanOrEqual(columns);
    for (const row of wrapToWidth(line, columns)) expect(truncatedWidth(row).width).toBeLessThanOrEqual(columns);
    expect(wrapToWidth(line, columns).join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
  }
});
