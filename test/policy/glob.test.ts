import { expect, test } from 'vitest';
import { matchesHost, matchesPath, matchesText } from '../../src/policy/glob.js';
import { chance, SCALE, SEEDS } from '../support/random.js';

test.each([
  ['src/**', 'src', true],
  ['src/**', 'src/a/.b', true],
  ['src/**/x', 'src/x', true],
  ['src/**/x', 'src/a/b/x', true],
  ['src/*', 'src/a', true],
  ['src/*', 'src/a/b', false],
  ['src/*', 'src', false],
  ['**', '.', true],
  ['**/.env', '.env', true],
  ['**/*.ts', 'a/b.ts', true],
  ['**/a/**/b', 'x/a/y/a/z/b', true],
  ['**/a/**/b', 'x/b/a', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a*', 'a', true],
  ['./a', 'a', true],
  ['/a/**', '/a/b', true],
  ['a/**', '/a/b', false],
])('%s on %s: %s', (glob, path, expected) => expect(matchesPath(glob, path)).toBe(expected));

test.each([
  ['*.example.com', 'a.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'evilexample.com', false],
  ['example.com', 'EXAMPLE.com.', true],
  ['example.com', 'example.com.evil.test', false],
])('host %s on %s: %s', (pattern, host, expected) => expect(matchesHost(pattern, host)).toBe(expected));

test.each(SEEDS)('a name matches as a regular expression of the same meaning does, seed %i', (seed) => {
  const random = chance(seed);
  const some = (letters: string, length: number) =>
    Array.from({ length: random.below(length) }, () => random.pick([...letters])).join('');
  for (let n = 0; n < Math.ceil(20_000 * SCALE); n++) {
    const [glob, text] = [some('ab*?', 8), some('ab', 10)];
    const same = new RegExp(`^${glob.replaceAll('?', '.').replaceAll('*', '.*')}$`).test(text);
    expect([glob, text, matchesText(glob, text)]).toEqual([glob, text, same]);
  }
});
