import { expect, test } from 'vitest';
import { tableOf } from '../../src/cli/render.js';
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

test('the columns of a table stand under each other', () => {
  const row = {
    id: '3f2a91c4-aaaa',
    status: 'Running',
    created_at: '2026-11-27T10:00:00+00:00',
    iterations: 1,
  } as const;
  const detail = { phase: 'thinking', reason: null, cost: null, host: 'here' } as never;
  const [head = '', ...lines] = tableOf(
    [
      { ...row, detail, prompt: '日本語で答えて' },
      { ...row, detail, prompt: 'plain' },
    ],
    'here',
  );
  const column = head.indexOf('PROMPT');
  for (const line of lines) expect(line.slice(0, column)).toMatch(/ {2}$/);
  expect(lines[0]?.slice(column)).toBe('日本語で答えて');
});
