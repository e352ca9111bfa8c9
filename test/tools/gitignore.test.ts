/** What .gitignore names is what git takes it for. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IgnoreRules, parseIgnoreRules } from '../../src/tools/gitignore.js';
import { chance, SCALE, SEEDS } from '../support/random.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rookery-ignore-'));
  git(['init', '--quiet', '.']);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function git(args: readonly string[], input = ''): string {
  const env = { PATH: process.env.PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', args, { cwd: directory, env, input, encoding: 'utf8' });
}

/** A name in an ignored directory cannot be named again. */
function ignoredBy(rules: IgnoreRules, path: string): boolean {
  const parts = path.split('/');
  const directories = parts.slice(1).map((_, n) => parts.slice(0, n + 1).join('/'));
  return directories.some((name) => rules.decide(name, true) === true) || rules.decide(path, false) === true;
}

async function ignoredByGit(text: string, paths: readonly string[]): Promise<Set<string>> {
  await writeFile(join(directory, '.gitignore'), text);
  try {
    return new Set(git(['check-ignore', '--no-index', '-z', '--stdin'], paths.join('\0')).split('\0').filter(Boolean));
  } catch (error) {
    if ((error as { status?: number }).status === 1) return new Set();
    throw error;
  }
}

const PATHS = [
  ...['a', 'ab', 'a.o', 'b.o', 'dist/a', 'src/dist/x', 'src/a.pyc', 'src/a.pyd', 'deep/er/a.log', 'keep.log'],
  ...['a b', '#x', '!x', 'x[1]', 'build/out/file', 'doc/frotz/x', '.env', 'src/.env.local', 'a/b/c/d', 'ab/b', 'a-b'],
];

test.each([
  '*.o\n!b.o\n',
  'dist/\n',
  '/dist\n',
  'src/dist\n',
  '*.py[cod]\n',
  '**/er/*.log\n!keep.log\n',
  'a/**/d\n',
  'a/**\n',
  '**/b\n',
  '\\#x\n\\!x\n',
  '# a\n\n   \n',
  'a\\ b   \n',
  'x[[]1]\n',
  '[!a-c]*.log\n',
  'build/**/file\n',
  'doc/frotz\n',
  '.env*\r\n',
  '[\n',
  'a[]b-]b\n',
  '/*\n!/src\n',
])('%j', async (text) => {
  const rules = parseIgnoreRules(text);
  const found = await ignoredByGit(text, PATHS);
  expect(PATHS.filter((path) => ignoredBy(rules, path))).toEqual(PATHS.filter((path) => found.has(path)));
});

test.each(SEEDS)('random patterns and names, seed %i', async (seed) => {
  const random = chance(seed);
  const some = (words: readonly string[], most: number) =>
    Array.from({ length: 1 + random.below(most) }, () => random.pick([...words])).join('');
  const names = (words: readonly string[]) => Array.from({ length: 1 + random.below(3) }, () => some(words, 3));
  for (let n = 0; n < Math.ceil(400 * SCALE); n++) {
    const lines = Array.from({ length: 1 + random.below(4) }, () => {
      const parts = names(['a', 'b', '*', '?', '[ab]', '[!a]', '.']).map((part) =>
        random.below(6) === 0 ? '**' : part,
      );
      return `${random.below(4) === 0 ? '!' : ''}${random.below(4) === 0 ? '/' : ''}${parts.join('/')}${random.below(5) === 0 ? '/' : ''}`;
    });
    const text = `${lines.join('\n')}\n`;
    const paths = [...new Set(Array.from({ length: 30 }, () => names(['a', 'b', 'c', '.x']).join('/')))];
    const rules = parseIgnoreRules(text);
    const found = await ignoredByGit(text, paths);
    expect([text, paths.filter((path) => ignoredBy(rules, path))]).toEqual([
      text,
      paths.filter((path) => found.has(path)),
    ]);
  }
});

test('a pattern of many stars takes no longer than it must', () => {
  const rules = parseIgnoreRules(`${'*a'.repeat(60)}*b\n`);
  expect(rules.decide('a'.repeat(250), false)).toBeUndefined();
});
