/** The file tools build no git repository, in any order, and touch what other tools run later only when that was asked. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROTECTED } from '../../src/domain/protected.js';
import { createShell } from '../../src/tools/shell.js';
import { ask } from '../policy/support.js';
import { chance, SCALE, SEEDS } from '../support/random.js';
import { sandboxHere } from '../support/sandbox.js';
import { type Bench, createBench } from '../tools/context.js';

const { sandbox, why } = await sandboxHere();

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.clear());

/** What makes a repository, and runs a program as soon as git looks at it. */
const PARTS: Readonly<Record<string, string>> = {
  HEAD: 'ref: refs/heads/main\n',
  config: '[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = "touch ran;"\n',
  'objects/info/packs': '\n',
  'refs/heads/.keep': '',
  commondir: '.\n',
};

/** Git's own word, looked at where it would look. */
function isRepository(directory: string): boolean {
  const env = { PATH: process.env.PATH, HOME: '/nowhere', GIT_CEILING_DIRECTORIES: dirname(directory) };
  const { status } = spawnSync('git', ['rev-parse', '--git-dir'], { cwd: directory, env, stdio: 'ignore' });
  spawnSync('git', ['status'], { cwd: directory, env, stdio: 'ignore' });
  return status === 0 || existsSync(join(directory, 'ran'));
}

function put(path: string, text: string): void {
  const file = join(bench.workspace, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

describe('a repository without .git', () => {
  test('is what the parts make', () => {
    for (const [path, text] of Object.entries(PARTS)) put(join('x', path), text);
    expect(isRepository(join(bench.workspace, 'x'))).toBe(true);
  });

  test.each(SEEDS)('is not built by the file tools, nor completed, seed %i', async (seed) => {
    const random = chance(seed);
    for (let n = 0; n < Math.ceil(1_000 * SCALE); n++) {
      const directory = random.pick(['', `d${n}`, `d${n}/deep/er`, `d${n}/x.git`]) || `top${n}`;
      const there = random.shuffle(Object.keys(PARTS)).slice(0, random.below(4));
      for (const path of there) put(join(directory, path), path === 'config' ? '' : (PARTS[path] ?? ''));
      mkdirSync(join(bench.workspace, directory), { recursive: true });
      if (isRepository(join(bench.workspace, directory))) continue;
      const calls = random.shuffle(Object.entries(PARTS)).map(([path, content]) => {
        const name = random.next() < 0.2 ? `./${directory}/../${directory}/${path}` : `${directory}/${path}`;
        return bench.call('write_file', { path: name, content, ...(random.next() < 0.2 ? { append: true } : {}) });
      });
      // At the same time, in half of the rounds.
      if (random.next() < 0.5) await Promise.all(calls);
      else for (const call of calls) await call;
      expect([seed, n, directory, there, isRepository(join(bench.workspace, directory))]).toEqual([
        seed,
        n,
        directory,
        there,
        false,
      ]);
    }
  });

  test('is not built of the workspace itself, nor are the settings of one changed', async () => {
    for (const [path, content] of Object.entries(PARTS)) await bench.call('write_file', { path, content });
    expect(isRepository(bench.workspace)).toBe(false);
    for (const [path, text] of Object.entries(PARTS))
      if (path !== 'commondir') put(join('x.git', path), text.replace('touch ran;', ''));
    for (const path of [
      'config',
      'hooks/post-index-change',
      'HEAD',
      'commondir',
      'config.worktree',
      'objects/info/alternates',
      'CONFIG',
    ])
      expect(await bench.call('write_file', { path: `x.git/${path}`, content: 'x' })).toMatchObject({
        outcome: 'failed',
      });
    expect(await bench.call('edit_file', { path: 'x.git/config', old: 'core', new: 'x' })).toMatchObject({
      outcome: 'failed',
    });
  });

  test('does not keep other files of these names from being written', async () => {
    for (const path of ['config', 'src/config', 'objects/x', 'refs/x', 'app/head/page.tsx', 'hooks/use.ts'])
      expect(await bench.call('write_file', { path, content: 'x' })).toMatchObject({ outcome: 'ok' });
  });
});

describe('what runs later', () => {
  const paths = (level: string): string[] =>
    PROTECTED.filter((one) => one.level === level).map(
      ({ path, kind }) => `${path.replace('*', 'x')}${kind === 'directory' ? '/x' : ''}`,
    );

  test('is refused, or asks, for each name of the one list', async () => {
    for (const path of paths('refused')) {
      expect([path, ask('write_file', { paths: [path] }, { allow: ['write'] }).verdict]).toEqual([path, 'refuse']);
      expect([path, (await bench.call('write_file', { path, content: 'x' })).outcome]).toEqual([path, 'failed']);
    }
    for (const path of paths('asked')) {
      expect([path, ask('write_file', { paths: [path] }).verdict]).toEqual([path, 'ask']);
      expect([path, ask('edit_file', { paths: [`sub/${path}`] }, { allow: ['write'] }).verdict]).toEqual([path, 'ask']);
      // The person has said yes by then.
      expect([path, (await bench.call('write_file', { path, content: 'x' })).outcome]).toEqual([path, 'ok']);
    }
  });

  test('a rule of the person, or --yes, lets it be written', () => {
    const touches = { paths: ['.github/workflows/ci.yml'] };
    expect(ask('write_file', touches, { rules: [{ do: 'run', path: '.github/**' }] }).verdict).toBe('run');
    expect(ask('write_file', touches, { authority: { allow: [], signed: true, yes: true } }).verdict).toBe('run');
  });

  test('by another name it is refused: that name was not asked about', async () => {
    mkdirSync(join(bench.workspace, '.github', 'workflows'), { recursive: true });
    symlinkSync('.github/workflows', join(bench.workspace, 'docs'));
    const { outcome, content } = await bench.call('write_file', { path: 'docs/ci.yml', content: 'x' });
    expect([outcome, content]).toEqual(['failed', expect.stringContaining('.github/workflows/ci.yml')]);
  });

  test('a line that writes to it asks, in the sandbox too', () => {
    expect(ask('shell', { command: 'echo x > .mise.toml' }, { sandboxed: true, allow: ['shell'] }).verdict).toBe('ask');
  });

  test.skipIf(!sandbox)(
    `no command in the sandbox changes it where it is, nor makes what is read anywhere${why}`,
    async () => {
      const kept = [
        '.github/workflows/ci.yml',
        'AGENTS.md',
        '.mise.toml',
        'pkg/.cargo/config.toml',
        'pkg/Jenkinsfile',
        'site/x.pth',
      ];
      for (const path of kept) put(path, 'mine\n');
      for (const path of ['x.git/HEAD', 'x.git/config', 'x.git/objects/x', 'x.git/refs/x']) put(path, 'mine\n');
      const made = [
        '.devcontainer/devcontainer.json',
        '.githooks/pre-commit',
        '.circleci/config.yml',
        '.cargo/config.toml',
      ];
      const shell = createShell({ env: { PATH: process.env.PATH }, ...(sandbox ? { sandbox } : {}) });
      const script = [...kept, ...made, '.github/workflows/new.yml', 'x.git/config', 'x.git/hooks/update']
        .map(
          (path) =>
            `mkdir -p $(dirname ${path}) 2>/dev/null; { echo x >> ${path} || { rm -f ${path} && echo x > ${path}; }; } 2>/dev/null && echo CHANGED ${path}`,
        )
        .join('\n');
      const { content } = await shell.run(
        { command: `${script}\nmv .github other && echo MOVED; echo done` },
        bench.context(),
      );
      expect(content.split('\n').filter((line) => /^(CHANGED|MOVED)/.test(line))).toEqual([]);
      expect(made.filter((path) => existsSync(join(bench.workspace, path)))).toEqual([]);
    },
  );
});
