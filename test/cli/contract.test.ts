/** docs/cli.md names each verb with its words, each option and each exit code that the command has, and no other. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit.js';
import { VERBS } from '../../src/cli/verbs.js';

const PAGE = readFileSync('docs/cli.md', 'utf8');

/** First cells of the table of a section. */
function rowsOf(section: string): string[] {
  const text = PAGE.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/^\| (.+?) \|/gm)].map(([, cell = '']) => cell).slice(2);
}

const SPECS = await Promise.all(
  Object.entries(VERBS).map(async ([name, { load }]) => ({ name, ...(await load()).spec })),
);

test('each verb is on the page with its words', () => {
  const expected = SPECS.map(({ name, words }) => `\`${name} ${words}`.trim().concat('`'));
  expect(rowsOf('Verbs').sort()).toEqual(expected.sort());
});

test('each option is on the page, and no other', () => {
  const options = SPECS.flatMap(({ options: own = [] }) => own);
  const shown = options.filter(({ hidden, long }) => !hidden && long).map(({ long }) => long);
  const named = rowsOf('Options').flatMap((cell) => cell.match(/--[a-z-]+/g) ?? []);
  expect(named.concat('--workspace').sort()).toEqual([...new Set(shown)].sort());
});

test('each exit code is on the page', () => {
  expect(rowsOf('Exit codes').map(Number)).toEqual(Object.values(EXIT));
});

test.each(SPECS)('the examples of $name have its name and options that exist', ({ name, options = [], examples }) => {
  const own = options.map(({ long }) => long);
  const common = (PAGE.split('\n## Options\n')[1]?.split('\n|')[0] ?? '').match(/--[a-z-]+/g) ?? [];
  expect(examples.length).toBeGreaterThan(0);
  for (const line of examples) {
    expect(line).toMatch(new RegExp(`\\brookery ${name}( |$)`));
    for (const option of line.match(/--[a-z-]+/g) ?? []) expect([...own, ...common]).toContain(option);
  }
});
