import { describe, expect, test } from 'vitest';
import { isProtected, PROTECTED_GLOBS } from '../../src/domain/protected.js';
import { matchesPath } from '../../src/policy/glob.js';

const NAMES = [
  '.git/hooks/pre-commit',
  '.git/config',
  '.git/HEAD',
  '.git',
  'a/.git/x',
  '.bashrc',
  '.zshrc',
  '.profile',
  '.bash_profile',
  '.zprofile',
  '.zshenv',
  '.mcp.json',
  '.vscode/tasks.json',
  '.idea/x',
  '.envrc',
  '.husky/pre-push',
  'rookery.toml',
  '.npmrc',
  'sub/rookery.toml',
  '/home/me/.bashrc',
];

describe('a protected path is one in every spelling', () => {
  const spellings: Readonly<Record<string, (path: string) => string>> = {
    plain: (path) => path,
    'upper case': (path) => path.toUpperCase(),
    'dots at the end': (path) => path.replaceAll('/', './').concat('.'),
    'spaces at the end': (path) => `${path.replaceAll('/', ' /')} `,
    'dots and spaces': (path) => `${path}. .`,
    backslashes: (path) => path.replaceAll('/', '\\'),
    'invisible characters': (path) => path.replaceAll('i', 'i\u200c').replaceAll('r', '\u2060r').concat('\ufeff'),
    'full width': (path) => path.replaceAll('g', '\uff47').replaceAll('c', '\uff43'),
    'long s and Kelvin': (path) => path.replaceAll('s', '\u017f').replaceAll('k', '\u212a'),
    'a stream': (path) => `${path}::$DATA`,
    'here and there': (path) => (path.startsWith('/') ? path : `./x/../${path}`),
    decomposed: (path) => path.normalize('NFD'),
  };
  test.each(Object.entries(spellings))('%s', (_, spell) => {
    expect(NAMES.map(spell).filter((path) => !isProtected(path))).toEqual([]);
  });

  test('and by the short name of other systems', () => expect(isProtected('GIT~1/config')).toBe(true));
});

test.each([
  'src/a.ts',
  '.gitignore',
  '.github/workflows/ci.yml',
  'git/hooks/x',
  'x.git',
  '.gitx',
  'bashrc',
  'docs/rookery.toml.md',
  'my.bashrc',
  '...',
  '.',
  '..',
  '',
])('free: %j', (path) => expect(isProtected(path)).toBe(false));

test('the globs name the same', () => {
  for (const path of NAMES.filter((name) => !name.startsWith('/')))
    expect([path, PROTECTED_GLOBS.some((glob) => matchesPath(glob, path))]).toEqual([path, true]);
});
