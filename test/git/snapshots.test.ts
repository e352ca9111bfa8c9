/** What a task has changed is told from snapshots of the work tree, whatever it holds, and nothing of the repository is touched. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { changedFiles, patchOf } from '../../src/git/changes.js';
import { type Snapshots, takeSnapshot } from '../../src/git/snapshot.js';
import { comparedTrees } from '../../src/git/task-changes.js';
import { workTreeOf } from '../../src/git/work-tree.js';

let root: string;
let project: string;
let snapshots: Snapshots;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'rookery-git-')));
  project = join(root, 'project');
  mkdirSync(project);
  const home = join(root, 'home');
  mkdirSync(home);
  snapshots = { root: join(root, 'snapshots'), env: { PATH: process.env.PATH, HOME: home } };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(...args: string[]): string {
  const config = ['-c', 'user.name=p', '-c', 'user.email=p@example.com'];
  return execFileSync('git', [...config, ...args], { cwd: project, encoding: 'utf8', stdio: 'pipe' });
}
const put = (name: string | Buffer, text: string | Buffer): void =>
  writeFileSync(
    typeof name === 'string' ? join(project, name) : Buffer.concat([Buffer.from(`${project}/`), name]),
    text,
  );

function repository(): void {
  git('init', '-q', '--initial-branch=main');
  put('.gitignore', 'ignored/\n*.log\n');
  put('a.txt', 'one\ntwo\n');
  git('add', '-A');
  git('commit', '-qm', 'first');
}

/** Starts to look, and gives what has changed when it is called. */
async function changesFrom(directory = project) {
  const place = workTreeOf(directory);
  if (!place) throw new Error('no work tree');
  const { tree } = await takeSnapshot(snapshots, place);
  const baseline = { kind: 'ready', ...place, commit: null, tree } as const;
  const compared = () => comparedTrees(snapshots, baseline);
  return {
    files: async () => changedFiles(await compared()),
    patch: async () => patchOf(await compared()),
  };
}

/** Everything below `.git` but the access times. */
function repositoryState(): string[] {
  const names = readdirSync(join(project, '.git'), { recursive: true, encoding: 'utf8' });
  return names.sort().map((name) => {
    const { mtimeMs, size } = statSync(join(project, '.git', name));
    return `${name} ${mtimeMs} ${size}`;
  });
}

test('nothing of the repository is written: no object, no index, no ref', async () => {
  repository();
  put('a.txt', 'dirty\n');
  put('new.txt', 'new\n');
  const before = repositoryState();
  const { files, patch } = await changesFrom();
  put('new.txt', 'newer\n');
  expect(await files()).toEqual([{ path: 'new.txt', added: 1, removed: 1 }]);
  await patch();
  expect(repositoryState()).toEqual(before);
});

describe('each kind of change', () => {
  test('untracked, removed, renamed and binary files, links and modes; not what git ignores', async () => {
    repository();
    put('gone.txt', 'x\n');
    put('moved.txt', 'm\nm\n');
    put('run.sh', 'true\n');
    const { files, patch } = await changesFrom();
    rmSync(join(project, 'gone.txt'));
    git('add', '-A');
    git('mv', 'moved.txt', 'there.txt');
    put('data.bin', Buffer.from([0, 1, 2, 3]));
    symlinkSync('a.txt', join(project, 'link'));
    chmodSync(join(project, 'run.sh'), 0o755);
    put('x.log', 'ignored');
    mkdirSync(join(project, 'ignored'));
    put('ignored/deep.txt', 'ignored');
    expect(await files()).toEqual([
      { path: 'data.bin', added: null, removed: null },
      { path: 'gone.txt', added: 0, removed: 1 },
      { path: 'link', added: 1, removed: 0 },
      { path: 'moved.txt', added: 0, removed: 2 },
      { path: 'run.sh', added: 0, removed: 0 },
      { path: 'there.txt', added: 2, removed: 0 },
    ]);
    const text = (await patch()).toString();
    expect(text).toContain('rename from moved.txt\nrename to there.txt');
    expect(text).toContain('new mode 100755');
  });

  test('a file that becomes a directory, and a directory that becomes a file', async () => {
    repository();
    mkdirSync(join(project, 'd'));
    put('d/x', 'x\n');
    const { files } = await changesFrom();
    rmSync(join(project, 'a.txt'));
    mkdirSync(join(project, 'a.txt'));
    put('a.txt/inner', 'i\n');
    rmSync(join(project, 'd'), { recursive: true });
    put('d', 'file\n');
    expect((await files()).map(({ path }) => path)).toEqual(['a.txt', 'a.txt/inner', 'd', 'd/x']);
  });

  test('names that are not UTF-8, and names with line feeds, tabs and quotes', async () => {
    repository();
    const { files, patch } = await changesFrom();
    put(Buffer.from([0x66, 0xff, 0x6f]), 'x\n');
    put('tab\tand\nline "q"', 'y\n');
    expect((await files()).map(({ path }) => path).sort()).toEqual(['f\ufffdo', 'tab\tand\nline "q"']);
    expect((await patch()).toString()).toContain('"a/f\\377o"');
  });

  test('a patch of a file that is not UTF-8 applies byte for byte', async () => {
    repository();
    const { patch } = await changesFrom();
    const bytes = Buffer.concat([Buffer.from('caf'), Buffer.of(0xe9), Buffer.from('\nend\n')]);
    put('a.txt', bytes);
    const made = await patch();
    git('checkout', '-q', 'a.txt');
    execFileSync('git', ['apply'], { cwd: project, input: made });
    expect(readFileSync(join(project, 'a.txt'))).toEqual(bytes);
  });

  test('a change of the same size in the second in which the index was written', async () => {
    repository();
    put('a.txt', 'ONE\nTWO\n');
    const { files } = await changesFrom();
    put('a.txt', 'one\nTWO\n');
    const now = Math.floor(Date.now() / 1000);
    utimesSync(join(project, 'a.txt'), now, now);
    expect(await files()).toEqual([{ path: 'a.txt', added: 1, removed: 1 }]);
  });

  test('line ends of Windows, as the repository wants them', async () => {
    git('init', '-q');
    git('config', 'core.autocrlf', 'true');
    put('w.txt', 'one\r\ntwo\r\n');
    git('add', '-A');
    git('commit', '-qm', 'first');
    const { files } = await changesFrom();
    put('w.txt', 'one\r\nTWO\r\n');
    expect(await files()).toEqual([{ path: 'w.txt', added: 1, removed: 1 }]);
  });
});

describe('each state of the repository', () => {
  test('commits, resets and branches of the person in between', async () => {
    repository();
    const { files } = await changesFrom();
    put('by-task.txt', 't\n');
    git('add', '-A');
    git('commit', '-qm', 'takes it');
    git('checkout', '-q', '--detach');
    expect(await files()).toEqual([{ path: 'by-task.txt', added: 1, removed: 0 }]);
  });

  test('no commit yet', async () => {
    git('init', '-q');
    put('first.txt', '1\n');
    const { files } = await changesFrom();
    put('second.txt', '2\n');
    expect(await files()).toEqual([{ path: 'second.txt', added: 1, removed: 0 }]);
  });

  test('a merge that is not finished, and an index in two parts', async () => {
    repository();
    git('update-index', '--split-index');
    git('checkout', '-qb', 'other');
    put('a.txt', 'other\n');
    git('commit', '-qam', 'other');
    git('checkout', '-q', 'main');
    put('a.txt', 'mine\n');
    git('commit', '-qam', 'mine');
    expect(() => git('merge', 'other')).toThrow();
    const { files } = await changesFrom();
    put('a.txt', 'solved\n');
    expect(await files()).toMatchObject([{ path: 'a.txt', added: 1 }]);
  });

  test('a directory of the repository: what is outside does not count, and names are relative to it', async () => {
    repository();
    mkdirSync(join(project, 'sub', 'deep'), { recursive: true });
    put('sub/s.txt', 's\n');
    const { files, patch } = await changesFrom(join(project, 'sub'));
    put('a.txt', 'outside\n');
    put('sub/s.txt', 'S\n');
    put('sub/y.log', 'ignored above\n');
    expect(await files()).toEqual([{ path: 's.txt', added: 1, removed: 1 }]);
    expect((await patch()).toString()).toMatch(/^diff --git a\/s\.txt b\/s\.txt\n/);
  });

  test('a linked work tree', async () => {
    repository();
    const linked = join(root, 'linked');
    git('worktree', 'add', '-q', linked);
    const { files } = await changesFrom(linked);
    writeFileSync(join(linked, 'a.txt'), 'x\n');
    expect(await files()).toEqual([{ path: 'a.txt', added: 1, removed: 2 }]);
  });

  test('a file that cannot be read is left out', async () => {
    repository();
    const { files } = await changesFrom();
    put('locked.txt', 'x\n');
    chmodSync(join(project, 'locked.txt'), 0o000);
    put('open.txt', 'o\n');
    // Root reads it.
    const expected = process.getuid?.() === 0 ? ['locked.txt', 'open.txt'] : ['open.txt'];
    expect((await files()).map(({ path }) => path)).toEqual(expected);
  });
});

test('another repository in the same place is looked at as it is', async () => {
  repository();
  put('b.txt', 'only in the first one\n');
  git('add', '-A');
  git('commit', '-qm', 'second');
  await changesFrom();
  rmSync(join(project, '.git'), { recursive: true });
  git('init', '-q');
  git('add', 'a.txt');
  git('commit', '-qm', 'another');
  const { files } = await changesFrom();
  put('a.txt', 'changed\n');
  expect(await files()).toEqual([{ path: 'a.txt', added: 1, removed: 2 }]);
});

test('more than there is time for is an error, and the next look starts anew', async () => {
  repository();
  const { files } = await changesFrom();
  const place = { top: project, directory: '' };
  await expect(takeSnapshot({ ...snapshots, deadline: performance.now() - 1 }, place)).rejects.toThrow(/too long/);
  expect(await files()).toEqual([]);
});

describe('no program that the work tree names is run', () => {
  const evil = (): string => `sh -c 'touch ${root}/ran; cat'`;

  test('filters, and the settings of repositories within it, also when they were there before', async () => {
    repository();
    put('.gitattributes', '* filter=evil\n*.txt diff=evil merge=evil\n');
    git('config', 'filter.evil.clean', evil());
    git('config', 'filter.evil.smudge', evil());
    git('config', 'diff.evil.textconv', evil());
    git('config', 'core.fsmonitor', `touch ${root}/ran;`);
    const plant = (name: string): void => {
      const at = join(project, name);
      mkdirSync(at);
      const inner = (...args: string[]) => execFileSync('git', args, { cwd: at, stdio: 'pipe' });
      inner('init', '-q');
      inner('-c', 'user.name=p', '-c', 'user.email=p@e', 'commit', '-q', '--allow-empty', '-m', 'x');
      writeFileSync(join(at, 'file'), 'x');
      inner('config', 'core.fsmonitor', `touch ${root}/ran;`);
      inner('config', 'filter.evil.clean', evil());
      writeFileSync(join(at, '.gitattributes'), '* filter=evil\n');
    };
    plant('before');
    execFileSync(
      'git',
      ['-c', 'core.fsmonitor=false', 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},before`],
      {
        cwd: project,
      },
    );
    rmSync(join(root, 'ran'), { force: true });
    const { files, patch } = await changesFrom();
    plant('after');
    put('a.txt', 'changed\n');
    await files();
    expect((await files()).map(({ path }) => path)).toContain('a.txt');
    await patch();
    expect(existsSync(join(root, 'ran'))).toBe(false);
  });
});
