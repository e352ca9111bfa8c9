/** A repository of another person's making runs no program of its own by what the policy lets run unasked. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readsOnly } from '../../src/policy/shell/read-only-commands.js';
import { createShell } from '../../src/tools/shell.js';
import { surroundingsOf } from '../../src/tools/surroundings.js';
import { BENIGN } from '../policy/benign.js';
import { ask } from '../policy/support.js';
import { chance, LONG, SCALE, SEEDS } from '../support/random.js';
import { sandboxHere } from '../support/sandbox.js';
import { createRepository, PLANTS, type Repository } from './planted.js';

const { sandbox, why } = await sandboxHere();
const ENV = { PATH: process.env.PATH ?? '', HOME: '/nowhere' };

/** Each verb that counts as reading, with options that make it look at files, commits, signatures and submodules. */
const LINES: readonly string[] = [
  ...BENIGN.filter((line) => /^(timeout 10 |time )?git /.test(line) && !/\b(abc1234|feature|origin)\b/.test(line)),
  ...[
    'git status -v',
    'git status --porcelain=2 --branch',
    'git diff --stat HEAD',
    'git diff HEAD~1',
    'git log -p --all',
  ],
  ...['git log -p -G hello', 'git log --stat --cc', 'git show HEAD', 'git show HEAD:README.md', 'git show v1'],
  ...[
    'git stash show',
    'git stash show -p',
    'git stash list -p',
    'git blame README.md',
    'git blame -w -C src/index.ts',
  ],
  ...[
    'git grep hello',
    'git grep --untracked hello',
    'git grep hello HEAD~1',
    'git ls-files -m -o',
    'git ls-files --eol',
  ],
  ...['git diff-tree -p HEAD', 'git whatchanged -p', 'git reflog -p', 'git show-branch', 'git describe --tags'],
  ...['git cat-file -p 0123456789012345678901234567890123456789', 'git rev-list --objects HEAD', 'git for-each-ref'],
  ...['git branch -vv', 'git tag -l', 'git remote -v', 'git worktree list', 'git check-ignore -v README.md'],
  ...[
    'git log -L 1,1:README.md',
    'git shortlog -sn HEAD',
    'git diff --cached --word-diff',
    'git log --graph --decorate',
  ],
];

const KEY_LINES = ['git status', 'git diff', 'git log -p', 'git show HEAD', 'git blame README.md', 'git ls-files -m'];

let repository: Repository | undefined;
afterEach(() => repository?.remove());

type Shell = ReturnType<typeof createShell>;

function judged(command: string, workspace: string, surroundings = surroundingsOf(workspace, ENV)) {
  return ask('shell', { command }, { workspace, surroundings });
}

/** In the short run some of them. */
function unasked(lines: readonly string[], workspace: string): string[] {
  const surroundings = surroundingsOf(workspace, ENV);
  return lines.filter((line) => judged(line, workspace, surroundings).verdict === 'run');
}

const random = chance(SEEDS[1] ?? 2);
const some = (): string[] => [
  ...KEY_LINES,
  ...random.shuffle(LINES).slice(0, Math.max(8, Math.ceil(LINES.length * SCALE))),
];

async function run(shell: Shell, command: string, workspace: string) {
  const context = { workspace, task: 'task-1', call: `call-${Math.random()}`, secrets: false };
  return shell.run({ command }, { ...context, signal: new AbortController().signal });
}

test('the lines of git that are tried run unasked in a plain repository, and say what they say', async () => {
  repository = createRepository();
  const { workspace } = repository;
  expect(unasked(LINES, workspace)).toEqual(LINES);
  const { content } = await run(
    createShell({ env: ENV, readsOnly }),
    'git status --short; git log --oneline',
    workspace,
  );
  expect(content).toMatch(/M README\.md[\s\S]*M {2}src\/index\.ts[\s\S]*second[\s\S]*first/);
});

describe('without a sandbox', () => {
  const shell = createShell({ env: ENV, readsOnly });

  test.each(Object.entries(PLANTS))('%s runs nothing', async (_, { plant, bites }) => {
    repository = createRepository();
    const { workspace, marks } = repository;
    plant(repository);
    const lines = unasked(some(), workspace);
    for (let at = 0; at < lines.length; at += 40) await run(shell, lines.slice(at, at + 40).join('\n'), workspace);
    expect(marks()).toEqual([]);
    if (bites === undefined) return;
    // And it would have.
    spawnSync('/bin/sh', ['-c', bites], { cwd: workspace, env: ENV, stdio: 'ignore' });
    expect(marks().length).toBeGreaterThan(0);
  });

  test.each(SEEDS)(
    'several of them at once run nothing, seed %i',
    async (seed) => {
      const random = chance(seed);
      for (let n = 0; n < Math.ceil(100 * SCALE); n++) {
        repository = createRepository();
        const { workspace, marks } = repository;
        const names = random.shuffle(Object.keys(PLANTS)).slice(0, 1 + random.below(3));
        for (const name of names) {
          try {
            PLANTS[name]?.plant(repository);
          } catch {
            // One that does not go with another.
          }
        }
        const before = marks().length;
        const lines = unasked(random.shuffle(LINES).slice(0, 10), workspace);
        await run(shell, lines.join('\n') || ':', workspace);
        expect([seed, names, lines, marks().length]).toEqual([seed, names, lines, before]);
        repository.remove();
      }
    },
    600_000,
  );

  test('variables of the worker that name programs do not reach git', async () => {
    repository = createRepository();
    const { workspace, program, marks } = repository;
    const names = [
      'GIT_EXTERNAL_DIFF',
      'GIT_PAGER',
      'PAGER',
      'GIT_SSH_COMMAND',
      'GIT_EDITOR',
      'GIT_ASKPASS',
      'GIT_EXEC_PATH',
    ];
    const env = { ...ENV, ...Object.fromEntries(names.map((name) => [name, program])), GIT_DIR: '/nowhere' };
    await run(createShell({ env, readsOnly }), 'git diff\ngit log -p', workspace);
    expect(marks()).toEqual([]);
  });
});

describe.skipIf(!sandbox)(`in the sandbox${why}`, () => {
  // Each in the long run.
  const sample = LONG ? Object.entries(PLANTS) : random.shuffle(Object.entries(PLANTS)).slice(0, 4);

  test.each(sample)('%s does nothing outside', async (_, { plant }) => {
    repository = createRepository();
    const { workspace, marks } = repository;
    plant(repository);
    if (sandbox) await run(createShell({ env: ENV, sandbox }), LINES.join('\n'), workspace);
    expect(marks()).toEqual([]);
  });
});

describe('a repository counts only when it was there at the beginning', () => {
  test('one that is made later asks', () => {
    repository = createRepository();
    const workspace = join(repository.base, 'empty');
    mkdirSync(workspace);
    expect(judged('git status', workspace)).toMatchObject({
      verdict: 'ask',
      reason: expect.stringContaining('not the top of a git'),
    });
    execFileSync('git', ['init', '-q'], { cwd: workspace });
    expect(judged('git status', workspace)).toMatchObject({
      verdict: 'ask',
      reason: expect.stringContaining('after this worker'),
    });
  });

  test('one that is replaced asks', () => {
    repository = createRepository();
    const { workspace } = repository;
    expect(judged('git status', workspace).verdict).toBe('run');
    execFileSync('sh', ['-c', 'mv .git old && cp -r old .git'], { cwd: workspace });
    expect(judged('git status', workspace).verdict).toBe('ask');
  });

  test('one that lies around the workspace, or deeper in it, asks', () => {
    repository = createRepository();
    const { workspace } = repository;
    expect(judged('git status', join(workspace, 'src')).verdict).toBe('ask');
    execFileSync('git', ['init', '-q', 'deeper'], { cwd: workspace });
    expect(judged('cd deeper && git status', workspace).verdict).toBe('ask');
  });

  test('a linked work tree runs', () => {
    repository = createRepository();
    const linked = join(repository.base, 'linked');
    repository.git('worktree', 'add', '-q', linked);
    expect(judged('git status', linked).verdict).toBe('run');
  });

  test('a version is told anywhere', () => {
    repository = createRepository();
    expect(judged('git --version', repository.base).verdict).toBe('run');
  });
});

describe('a program that lies in the workspace is not taken for one of the system', () => {
  const NAMES = ['ls', 'git', 'cat', 'grep', 'wc', 'head'];
  const kinds: Readonly<Record<string, (workspace: string, base: string) => string>> = {
    'the current directory': () => '.',
    'an empty entry': () => '',
    'a relative entry': () => 'bin',
    'a relative entry out and in again': () => '../work/bin',
    'an absolute entry': (workspace) => join(workspace, 'bin'),
    'a symlink into it': (workspace, base) => {
      execFileSync('ln', ['-sfn', join(workspace, 'bin'), join(base, 'link')]);
      return join(base, 'link');
    },
    'the workspace by another name': (workspace, base) => {
      execFileSync('ln', ['-sfn', workspace, join(base, 'other')]);
      return join(base, 'other', 'bin');
    },
    'a way through it': (workspace) => join(workspace, 'src', '..', 'bin').replace('/bin', '/src/../bin'),
  };

  test.each(Object.entries(kinds))('%s', async (_, entry) => {
    repository = createRepository();
    const { workspace, base, write, marks } = repository;
    for (const name of NAMES)
      for (const path of [name, `bin/${name}`])
        write(path, `#!/bin/sh\nexec '${join(workspace, 'planted.sh')}'\n`, 0o755);
    const PATH = `${entry(workspace, base)}:${ENV.PATH}:${entry(workspace, base)}`;
    const line = NAMES.map((name) => `${name} --version`).join('\n');
    const shells = [
      createShell({ env: { ...ENV, PATH }, readsOnly }),
      ...(sandbox ? [createShell({ env: { ...ENV, PATH }, sandbox })] : []),
    ];
    for (const shell of shells) expect((await run(shell, line, workspace)).content).toContain('git version');
    expect(marks()).toEqual([]);
  });
});
