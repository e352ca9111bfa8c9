/**
 * `--worktree`: a task works in a git worktree of its own, and `diff`, `apply` and `discard` do with its changes what the
 * person says. Real git, real server, a scripted model.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { StatusObject } from '../../src/manager/status-object.js';
import { inOrder } from '../support/book.js';
import { type GitProject, makeGitProject } from './git-project.js';
import { type Bench, openClusterBench } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
});
afterAll(() => bench.close());

let made: GitProject;
let project: string;
beforeEach(() => {
  made = makeGitProject(bench);
  project = made.path;
});
afterEach(() => made.remove());

const git: GitProject['git'] = (...args) => made.git(...args);
const put: GitProject['put'] = (name, text) => made.put(name, text);
const text: GitProject['text'] = (name) => made.text(name);

/** A task that writes these files, and then ends. */
function writing(files: Readonly<Record<string, string>>): string[] {
  const calls = Object.entries(files).map(([path, content], n) => ({
    id: `c${n}`,
    name: 'write_file',
    args: { path, content, overwrite: true },
  }));
  return [...bench.model(inOrder({ calls }, { content: 'done' })), '--allow', 'write', '--workspace', project];
}

async function finished(flags: readonly string[]): Promise<string> {
  const id = await bench.submit(flags);
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  return id;
}

const statusOf = (id: string): Promise<StatusObject> => bench.json<StatusObject>(['status', id]);

test('a task in its own worktree leaves the workspace alone until its changes are applied, and then discarded', async () => {
  put('a.txt', 'one\ntwo\nthree\nfour\nFIVE\n');
  const submitted = await bench.run([
    ...[
      'submit',
      '--worktree',
      '--name',
      'Fix it',
      ...writing({ 'a.txt': 'ONE\ntwo\nthree\nfour\nfive\n', 'new.txt': 'n\n' }),
    ],
    'Go on.',
  ]);
  expect(submitted.stderr).toMatch(/starts from commit [0-9a-f]{12}: your uncommitted changes are not in it/);
  const id = submitted.stdout.trim();
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  expect([text('a.txt').slice(0, 3), existsSync(join(project, 'new.txt'))]).toEqual(['one', false]);
  const { detail } = await statusOf(id);
  expect(detail.files).toEqual([
    { path: 'a.txt', added: 1, removed: 1 },
    { path: 'new.txt', added: 1, removed: 0 },
  ]);
  expect(detail.worktree?.branch).toBe(`rookery/fix-it-${id.slice(0, 8)}`);
  const { files, patch } = await bench.json<{ files: object; patch: string }>(['diff', id]);
  expect(files).toEqual(detail.files);
  expect((await bench.run(['diff', id])).stdout).toBe(patch);
  expect(await bench.run(['discard', id])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('changes in 2 files that were not applied. Apply them first, or add --yes'),
  });
  put('a.txt', 'mine\n');
  expect(await bench.run(['apply', id])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('conflict with yours in a.txt; nothing was changed. Commit or undo'),
  });
  expect([text('a.txt'), existsSync(join(project, 'new.txt'))]).toEqual(['mine\n', false]);
  put('a.txt', 'one\ntwo\nthree\nfour\nFIVE\n');
  expect(await bench.run(['apply', id])).toMatchObject({
    code: 0,
    stdout: `${id}  completed: changes in 2 files applied; its worktree is removed\n`,
  });
  expect([text('a.txt'), text('new.txt')]).toEqual(['ONE\ntwo\nthree\nfour\nFIVE\n', 'n\n']);
  expect(git('status', '--porcelain')).toBe(' M a.txt\n?? new.txt\n');
  expect((await bench.run(['diff', id])).stdout).toBe(patch);
  expect((await bench.run(['status', id])).stdout).toMatch(/^worktree {3}\S+ \(removed: its changes are applied\)$/m);
  expect(await bench.run(['discard', id])).toMatchObject({ code: 0 });
  expect(existsSync(detail.worktree?.path ?? '')).toBe(false);
  expect([git('branch', '--list', 'rookery/*'), git('worktree', 'list').split('\n').length]).toEqual(['', 2]);
});

test('without a worktree status and diff tell what has changed since the task began', async () => {
  put('a.txt', 'changed before\n');
  put('untracked.txt', 'before\n');
  const before = [git('status', '--porcelain'), git('stash', 'list'), git('rev-parse', 'HEAD')];
  const flags = writing({ 'untracked.txt': 'after\n', 'ignored.txt': 'x\n', 'docs/b.txt': 'b\nc\n' });
  const id = await finished(flags);
  git('add', 'docs');
  git('commit', '-qm', 'by the person');
  expect((await statusOf(id)).detail.files).toEqual([
    { path: 'docs/b.txt', added: 1, removed: 0 },
    { path: 'untracked.txt', added: 1, removed: 1 },
  ]);
  expect((await bench.run(['status', id])).stdout).toMatch(/^files {6}docs\/b\.txt \+1 -0, untracked\.txt \+1 -1$/m);
  git('reset', '-q', '--soft', 'HEAD~1');
  git('reset', '-q');
  git('checkout', '-q', 'docs');
  expect([git('status', '--porcelain'), git('stash', 'list'), git('rev-parse', 'HEAD')]).toEqual(before);
  for (const verb of ['apply', 'discard'])
    expect(await bench.run([verb, id])).toMatchObject({ code: 2, stderr: expect.stringContaining('has no worktree') });
});

test('doctor says what worktrees are left, and discard removes several', async () => {
  const ids = [await finished(['--worktree', ...writing({ 'x.txt': 'x\n' })])];
  ids.push(await finished(['--worktree', ...writing({ 'y.txt': 'y\n' })]));
  const { checks } = JSON.parse((await bench.run(['doctor', '--json'])).stdout) as {
    checks: { name: string; message: string }[];
  };
  const message = checks.find(({ name }) => name === 'worktrees')?.message ?? '';
  expect(message).toMatch(/^2 worktrees of tasks that have ended, \d+ MB, the oldest 0 days old; /);
  for (const id of ids) expect(message).toContain(id.slice(0, 8));
  const refused = await bench.run(['discard', ...ids]);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('changes in 1 file that were not applied'),
  });
  expect(await bench.run(['discard', ...ids, '--yes'])).toMatchObject({ code: 0 });
  expect(git('branch', '--list', 'rookery/*')).toBe('');
});

test('sign names the commit for a worktree, and refuses one for a schedule', async () => {
  const signed = await bench.json<{ worktree: object }>(['sign', '--worktree', ...writing({}), 'Go on.']);
  expect(signed.worktree).toEqual({ repository: project, directory: '', commit: git('rev-parse', 'HEAD').trim() });
  const refused = await bench.run(['sign', '--worktree', '--schedule', 'nightly', ...writing({}), 'Go on.']);
  expect(refused).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('A schedule cannot have --worktree'),
  });
});

test('where there is no git repository, --worktree is refused before anything starts', async () => {
  const ran = await bench.run(['submit', '--worktree', '--provider', 'demo', 'Go on.']);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toMatch(/is in no git repository, so there can be no worktree/);
});

test('a second task in a workspace is told of the first one while that is open', async () => {
  const first = await bench.submit([...bench.model(() => ({ hang: true })), '--workspace', project]);
  const second = await bench.run(['submit', ...writing({}), 'Go on.']);
  expect(second.stderr).toContain(`Task ${first.slice(0, 8)} is open in ${project} too; --worktree gives`);
  const apart = await bench.run(['submit', '--worktree', ...writing({}), 'Go on.']);
  expect(apart.stderr).not.toContain('is open in');
  for (const id of [first, second.stdout.trim(), apart.stdout.trim()]) await bench.run(['cancel', id]);
  const third = await bench.run(['submit', ...writing({}), 'Go on.']);
  expect(third.stderr).not.toContain('is open in');
});
