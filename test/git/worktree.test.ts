/** The work tree of a task is made once, also when its maker is killed at any moment, and nothing is left when it is removed. */
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ReadyBaseline, readBaseline, writeBaseline } from '../../src/git/baseline.js';
import { changedFiles } from '../../src/git/changes.js';
import { removeSide, type Snapshots, sideOf } from '../../src/git/snapshot.js';
import { comparedTrees } from '../../src/git/task-changes.js';
import { makeWorktree, removeWorktree, type WorktreeTask } from '../../src/git/worktree.js';
import { pathsOf } from '../../src/mirror/paths.js';
import { createShell } from '../../src/tools/shell.js';
import { chance, LONG } from '../support/random.js';
import { sandboxHere } from '../support/sandbox.js';

const { why } = await sandboxHere();
const TASK = '3f2a91c4-1111-4111-8111-111111111111';

let root: string;
let project: string;
let home: string;
let snapshots: Snapshots;
let task: WorktreeTask;
beforeEach(() => {
  // Not in /tmp itself, which is a directory of its own in the sandbox.
  root = realpathSync(mkdtempSync(join(tmpdir(), 'rookery-worktree-')));
  project = join(root, 'project');
  home = join(root, 'home');
  mkdirSync(join(project, 'docs'), { recursive: true });
  mkdirSync(home);
  git('init', '-q', '--initial-branch=main');
  git('config', 'user.name', 'p');
  git('config', 'user.email', 'p@example.com');
  for (let n = 0; n < 50; n++) writeFileSync(join(project, `f${n}.txt`), `${n}\n`);
  writeFileSync(join(project, 'docs', 'd.txt'), 'd\n');
  git('add', '-A');
  git('commit', '-qm', 'first');
  const paths = pathsOf(join(root, 'data'));
  mkdirSync(paths.side, { recursive: true });
  snapshots = { root: paths.snapshots, env: { PATH: process.env.PATH, HOME: home } };
  task = {
    ...{ id: TASK, path: paths.worktree(TASK), baseline: paths.baseline(TASK) },
    start: { repository: project, directory: '', commit: git('rev-parse', 'HEAD').trim() },
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: project, encoding: 'utf8', stdio: 'pipe' });
}

const entries = (): string[] =>
  existsSync(join(project, '.git', 'worktrees')) ? readdirSync(join(project, '.git', 'worktrees')) : [];

/** As it must be, whatever came before. */
async function expectMade(): Promise<void> {
  expect(await readBaseline(task.baseline)).toMatchObject({
    kind: 'ready',
    worktree: { branch: 'rookery/3f2a91c4', repository: project, commit: task.start.commit },
  });
  const listed = git('worktree', 'list', '--porcelain').split('\n\n').filter(Boolean);
  expect(listed).toHaveLength(2);
  expect(listed[1]).toContain(`worktree ${task.path}\nHEAD ${task.start.commit}\nbranch refs/heads/rookery/3f2a91c4`);
  expect(listed[1]).not.toContain('locked');
  expect(readFileSync(join(task.path, 'f49.txt'), 'utf8')).toBe('49\n');
  expect(git('-C', task.path, 'status', '--porcelain')).toBe('');
  expect(entries()).toEqual([TASK]);
}

/** In a process with its group, that is killed after so many milliseconds. @returns whether it was killed */
async function makeAndKill(afterMs: number): Promise<boolean> {
  const script = `
    import { makeWorktree } from ${JSON.stringify(join(process.cwd(), 'dist/src/git/worktree.js'))};
    process.stdout.write('.');
    await makeWorktree(...${JSON.stringify([snapshots, task])});
  `;
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { detached: true, stdio: [...stdio] });
  const ended = new Promise((done) => child.on('exit', done));
  await new Promise((done) => child.stdout?.once('data', done));
  await Promise.race([ended, pause(afterMs)]);
  const isKilled = child.exitCode === null;
  if (isKilled) process.kill(-(child.pid ?? 0), 'SIGKILL');
  await ended;
  return isKilled;
}

test('a kill at any moment leaves what the next try completes', { timeout: 240_000 }, async () => {
  const random = chance(7);
  let killed = 0;
  for (let n = 0; n < (LONG ? 60 : 8); n++) {
    if (await makeAndKill(random.below(150))) killed++;
    await makeWorktree(snapshots, task);
    await expectMade();
    rmSync(task.baseline);
    await removeWorktree(snapshots, { ...task.start, path: task.path, branch: 'rookery/3f2a91c4' });
  }
  expect(killed).toBeGreaterThan(0);
});

test('the lock of its branch that a killed git has left does not stop the next one', async () => {
  mkdirSync(join(project, '.git/refs/heads/rookery'), { recursive: true });
  writeFileSync(join(project, '.git/refs/heads/rookery/3f2a91c4.lock'), '');
  await makeWorktree(snapshots, task);
  await expectMade();
});

test('one that was removed with its changes applied is made again with them, also when the removal was cut off', async () => {
  for (const isCutOff of [false, true]) {
    await makeWorktree(snapshots, task);
    writeFileSync(join(task.path, 'new.txt'), 'new\n');
    const baseline = (await readBaseline(task.baseline)) as ReadyBaseline;
    const { to: end } = await comparedTrees(snapshots, baseline);
    await writeBaseline(task.baseline, { ...baseline, end });
    if (isCutOff) rmSync(join(task.path, 'f0.txt'));
    else await removeWorktree(snapshots, { ...task.start, path: task.path, branch: 'rookery/3f2a91c4' });
    await makeWorktree(snapshots, task);
    expect(readFileSync(join(task.path, 'new.txt'), 'utf8')).toBe('new\n');
    expect(existsSync(join(task.path, 'f0.txt'))).toBe(true);
    expect(await readBaseline(task.baseline)).toEqual(baseline);
  }
});

test('made twice it is the same one; removed, nothing of it is left', async () => {
  await makeWorktree(snapshots, task);
  writeFileSync(join(task.path, 'f0.txt'), 'changed\n');
  await makeWorktree(snapshots, task);
  expect(readFileSync(join(task.path, 'f0.txt'), 'utf8')).toBe('changed\n');
  const baseline = await readBaseline(task.baseline);
  if (baseline?.kind !== 'ready' || !baseline.worktree) throw new Error('not made');
  expect(await removeWorktree(snapshots, baseline.worktree)).toBeUndefined();
  await removeSide(snapshots, baseline.top);
  expect([existsSync(task.path), entries(), git('branch', '--list', 'rookery/*')]).toEqual([false, [], '']);
  expect(existsSync(sideOf(snapshots, baseline.top))).toBe(false);
  // Also when it is gone already.
  expect(await removeWorktree(snapshots, baseline.worktree)).toBeUndefined();
});

test('one that a person has removed is made again from its branch, and its changes still count', async () => {
  await makeWorktree(snapshots, task);
  writeFileSync(join(task.path, 'f0.txt'), 'changed\n');
  git('-C', task.path, 'commit', '-qam', 'by the task');
  git('worktree', 'remove', '--force', task.path);
  await makeWorktree(snapshots, task);
  expect(readFileSync(join(task.path, 'f0.txt'), 'utf8')).toBe('changed\n');
  const baseline = await readBaseline(task.baseline);
  if (baseline?.kind !== 'ready') throw new Error('not made');
  expect(await changedFiles(await comparedTrees(snapshots, baseline))).toEqual([
    { path: 'f0.txt', added: 1, removed: 1 },
  ]);
});

test('that of a fork begins with the files of its source', async () => {
  await makeWorktree(snapshots, task);
  writeFileSync(join(task.path, 'new.txt'), 'not committed\n');
  const paths = pathsOf(join(root, 'data'));
  const fork = {
    ...task,
    id: 'fork',
    path: paths.worktree('fork'),
    baseline: paths.baseline('fork'),
    source: task.baseline,
  };
  await makeWorktree(snapshots, fork);
  expect(readFileSync(join(fork.path, 'new.txt'), 'utf8')).toBe('not committed\n');
  const baseline = await readBaseline(fork.baseline);
  if (baseline?.kind !== 'ready') throw new Error('not made');
  expect(baseline.worktree?.branch).toBe('rookery/fork');
  expect(await changedFiles(await comparedTrees(snapshots, baseline))).toEqual([
    { path: 'new.txt', added: 1, removed: 0 },
  ]);
});

test('a branch of the same name is not touched, and one that is checked out is kept and said', async () => {
  git('branch', 'rookery/3f2a91c4');
  await makeWorktree(snapshots, task);
  const baseline = await readBaseline(task.baseline);
  if (baseline?.kind !== 'ready' || !baseline.worktree) throw new Error('not made');
  expect(baseline.worktree.branch).toBe(`rookery/${TASK}`);
  git('-C', task.path, 'checkout', '-q', '--detach');
  git('checkout', '-q', `rookery/${TASK}`);
  expect(await removeWorktree(snapshots, baseline.worktree)).toMatch(/is kept: it is checked out elsewhere/);
});

test.each([
  ['a repository that is gone', () => rmSync(project, { recursive: true }), /there is no such directory/],
  ['a commit that is gone', () => undefined, /git worktree failed: .*invalid reference|git worktree failed/],
  [
    'a filter that would run',
    () => git('config', 'filter.x.smudge', 'touch ran'),
    /the git repository sets "filter.x.smudge"/,
  ],
])('%s is an error that says so, and leaves nothing', async (what, change, says) => {
  change();
  const commit = what.startsWith('a commit') ? '1'.repeat(40) : task.start.commit;
  const made = makeWorktree(snapshots, { ...task, start: { ...task.start, commit } });
  await expect(made).rejects.toThrow(says);
  await expect(made).rejects.toMatchObject({ code: 'environment' });
  expect(existsSync(task.path)).toBe(false);
});

test('hooks of the repository do not run', async () => {
  writeFileSync(join(project, '.git', 'hooks', 'post-checkout'), `#!/bin/sh\ntouch ${root}/ran\n`, { mode: 0o755 });
  await makeWorktree(snapshots, task);
  expect(existsSync(join(root, 'ran'))).toBe(false);
});

describe.skipIf(why !== '')(`a command in the sandbox${why}`, () => {
  async function run(command: string): Promise<string> {
    const worktrees = join(root, 'data', 'worktrees');
    const { sandbox } = await sandboxHere({ hidden: [join(root, 'data')], home, worktrees });
    const shell = createShell({ env: { PATH: process.env.PATH }, ...(sandbox && { sandbox }) });
    const context = { workspace: task.path, task: TASK, call: `call-${Math.random()}`, secrets: false };
    return (await shell.run({ command }, { ...context, signal: new AbortController().signal })).content;
  }

  test('looks at the history and commits on the branch of the task', async () => {
    await makeWorktree(snapshots, task);
    const printed = await run(
      'git status --short && echo x > new.txt && git add -A && git commit -qm "by the task" && git log --oneline | wc -l && git diff HEAD~1 --stat | tail -1',
    );
    expect(printed).toMatch(/^2\n 1 file changed, 1 insertion/);
    expect(git('log', '-1', '--format=%s', 'rookery/3f2a91c4')).toBe('by the task\n');
    expect(git('log', '-1', '--format=%s', 'main')).toBe('first\n');
    expect(git('fsck', '--no-progress')).toBe('');
  });

  test('changes nothing else of the repository', async () => {
    await makeWorktree(snapshots, task);
    git('pack-refs', '--all');
    git('gc', '-q');
    const entry = join(project, '.git', 'worktrees', TASK);
    const untouched = [
      ...['config', 'HEAD', 'packed-refs', 'index', 'hooks', 'objects/pack', 'objects/info', 'refs/heads'].map((name) =>
        join(project, '.git', name),
      ),
      ...['commondir', 'gitdir', 'config.worktree', 'modules'].map((name) => join(entry, name)),
    ];
    const script = untouched.map(
      (path) =>
        `(echo x >> ${path} || touch ${path}/x || rm -rf ${path} || mv ${path} ${path}2) 2>/dev/null && echo ESCAPED ${path}`,
    );
    const printed = await run(
      [
        ...script,
        'git config x.y z && echo ESCAPED',
        'git update-ref refs/heads/main HEAD~0 && git branch evil && echo ESCAPED',
        `echo "gitdir: /tmp" > .git && echo ESCAPED`,
        `ln -s /etc ${project}/x`,
        `cat ${root}/data/.rookery/* && echo ESCAPED`,
        'echo done',
      ].join('\n'),
    );
    expect(printed).not.toContain('ESCAPED');
    expect(printed).toMatch(/done\s*$/);
    expect(existsSync(join(project, 'x'))).toBe(false);
    await expectMade();
  });

  test('a head that leads elsewhere opens nothing', async () => {
    await makeWorktree(snapshots, task);
    const entry = join(project, '.git', 'worktrees', TASK);
    await run(
      `echo "ref: refs/heads/rookery/../../../hooks/x" > ${entry}/HEAD; rm -rf ${project}/.git/refs/heads/rookery/*`,
    );
    expect(await run(`touch ${project}/.git/hooks/x && echo ESCAPED; echo done`)).not.toContain('ESCAPED');
    rmSync(join(project, '.git', 'logs', 'refs', 'heads', 'rookery'), { recursive: true });
    symlinkSync(join(project, '.git', 'hooks'), join(project, '.git', 'logs', 'refs', 'heads', 'rookery'));
    expect(await run(`touch ${project}/.git/logs/refs/heads/rookery/x && echo ESCAPED; echo done`)).not.toContain(
      'ESCAPED',
    );
  });
});
