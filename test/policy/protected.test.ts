import { describe, expect, test } from 'vitest';
import { PROTECTED, protectionOf } from '../../src/domain/protected.js';

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
  'fixtures/repo.git/HEAD',
  '.config/autostart/x.desktop',
  '.local/bin/git',
  '.gdbinit',
];

const ASKED = [
  '.github/workflows/ci.yml',
  'packages/one/.github/workflows/ci.yml',
  '.githooks/pre-commit',
  '.devcontainer/devcontainer.json',
  '.cargo/config.toml',
  '.mise.toml',
  '.gitlab-ci.yml',
  'Jenkinsfile',
  'AGENTS.md',
  'site-packages/x.pth',
  'sitecustomize.py',
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
    expect(NAMES.map(spell).filter((path) => protectionOf(path) !== 'refused')).toEqual([]);
    expect(ASKED.map(spell).filter((path) => protectionOf(path) !== 'asked')).toEqual([]);
  });

  test('and by the short name of other systems', () => expect(protectionOf('GIT~1/config')).toBe('refused'));
});

test.each([
  'src/a.ts',
  '.gitignore',
  '.github/dependabot.yml',
  'git/hooks/x',
  'app/head/page.tsx',
  'src/Head.tsx',
  '.config/app.json',
  '.cargo/registry/x',
  'package.json',
  '.editorconfig',
  'AGENTS.md/x',
  'x.git',
  '.gitx',
  'bashrc',
  'docs/rookery.toml.md',
  'my.bashrc',
  '...',
  '.',
  '..',
  '',
])('free: %j', (path) => expect(protectionOf(path)).toBeUndefined());

test('each name of the list counts, at the top and further down', () => {
  for (const { path, kind, level } of PROTECTED) {
    const name = path.replace('*', 'x');
    const inside = kind === 'directory' ? `${name}/x` : name;
    for (const one of [inside, `a/b/${inside}`]) expect([one, protectionOf(one)]).toEqual([one, level]);
  }
});
