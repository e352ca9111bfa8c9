/** What a task with a worktree leaves: nothing that was applied, and all that a person has not seen. Real git. */
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { approvalJson, approvalLines } from '../../src/cli/approval-prompt.js';
import { worktreeCheck } from '../../src/cli/worktree-check.js';
import type { WaitingApproval } from '../../src/manager/approvals.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { worktreeStart } from '../../src/manager/worktree-start.js';
import { sweepSnapshots } from '../../src/worker/sweep-snapshots.js';
import { type GitProject, makeGitProject } from '../cli/git-project.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

const DAY_MS = 24 * 60 * 60_000;

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await BackgroundTaskManager.open({ workdir: rig.paths.workdir, client: rig.client, env: process.env });
});
afterAll(() => rig.stop());

let project: GitProject;
beforeEach(() => {
  project = makeGitProject({ root: dirname(rig.workspace) });
});
afterEach(() => project.remove());

const write = (path: string) => ({
  calls: [{ id: path, name: 'write_file', args: { path, content: `${path}\n`, overwrite: true } }],
});

async function start(script: ModelScript, directory = ''): Promise<Task> {
  const workspace = join(project.path, directory);
  const { start: worktree } = await worktreeStart(workspace, process.env);
  return rig.start(script, { worktree, workspace, allow: ['write'] });
}

async function ended(...paths: string[]): Promise<Task> {
  const [first = { content: 'done' }, ...rest] = [...paths.map(write), { content: 'done' }];
  const task = await start(inOrder(first, ...rest));
  await task.result();
  return task;
}

const branches = (): string => project.git('branch', '--list', 'rookery/*').trim();
const noteOf = ({ id }: Task): string => rig.paths.baseline(id);
const sweep = (now: number, open = false): Promise<void> =>
  sweepSnapshots({ paths: rig.paths, env: process.env, isOpen: async () => open, now });

/** Of the repositories with states. */
const stored = (): string[] => {
  const names = readdirSync(rig.paths.snapshots, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\/objects\/..\/[0-9a-f]{38}$/.test(name));
};

/** As if they were of another day. @returns how many objects there are */
function age(): number {
  const names = stored();
  for (const name of names) utimesSync(join(rig.paths.snapshots, name), 1, 1);
  return names.length;
}

test('with its changes applied the worktree goes; diff has them still, and a task that continues gets it back', async () => {
  const task = await ended('new.txt', 'docs/b.txt');
  const { patch } = await manager.diff(task.id);
  const applied = await manager.apply(task.id);
  expect(applied.message).toBe('changes in 2 files applied; its worktree is removed');
  expect([existsSync(rig.paths.worktree(task.id)), branches()]).toEqual([false, '']);
  expect(project.git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  expect((await manager.diff(task.id)).patch.equals(patch)).toBe(true);
  expect((await manager.status(task.id)).detail).toMatchObject({
    files: [{ path: 'docs/b.txt' }, { path: 'new.txt' }],
    worktree: { applied: true, removed: true },
  });
  expect((await manager.apply(task.id)).message).toBe('the workspace has its changes already');
  // As a removal leaves it that was killed.
  mkdirSync(join(rig.paths.worktree(task.id), 'docs'), { recursive: true });
  expect((await manager.apply(task.id)).message).toContain('its worktree is removed');
  expect(existsSync(rig.paths.worktree(task.id))).toBe(false);

  await manager.send(task.id, 'Go on.');
  await until(() => existsSync(join(rig.paths.worktree(task.id), 'new.txt')), { what: 'the worktree is back' });
  await task.result();
  expect((await manager.diff(task.id)).patch.equals(patch)).toBe(true);
  await manager.discard(task.id);
  expect([existsSync(rig.paths.worktree(task.id)), existsSync(noteOf(task)), branches()]).toEqual([false, false, '']);
});

test('what no snapshot has keeps the worktree, and the answer says why', async () => {
  const ignoring = await ended('ignored.txt', 'new.txt');
  expect((await manager.apply(ignoring.id)).message).toBe(
    `changes in 1 file applied; its worktree stays, because it has files that are not taken over (ignored.txt): rookery discard ${ignoring.id} removes it`,
  );
  expect(readFileSync(join(rig.paths.worktree(ignoring.id), 'ignored.txt'), 'utf8')).toBe('ignored.txt\n');

  const committing = await ended('more.txt');
  const tree = rig.paths.worktree(committing.id);
  project.git('-C', tree, 'add', '-A');
  project.git('-C', tree, 'commit', '-qm', 'by the task');
  expect((await manager.apply(committing.id)).message).toContain('because it has commits on its branch rookery/');

  const within = await start(inOrder(write('b.txt'), { content: 'done' }), 'docs');
  await within.result();
  writeFileSync(join(rig.paths.worktree(within.id), 'a.txt'), 'changed outside\n');
  expect((await manager.apply(within.id)).message).toContain('files that are not taken over (a.txt)');
  await manager.discard(within.id);

  const [check] = await worktreeCheck(rig.paths);
  expect(check).toMatchObject({ name: 'worktrees', ok: true });
  expect(check?.message).toMatch(
    /^2 worktrees of tasks that have ended, \d+ MB, the oldest 0 days old; .*rookery discard \w+ \w+ removes them$/,
  );
  for (const { id } of [ignoring, committing]) await manager.discard(id);
  expect(await worktreeCheck(rig.paths)).toEqual([]);
});

test('a worktree that was not applied outlives any time', async () => {
  const task = await ended('new.txt');
  utimesSync(noteOf(task), 1, 1);
  age();
  await sweep(Date.now() + 1_000 * DAY_MS);
  expect((await manager.diff(task.id)).files).toEqual([{ path: 'new.txt', added: 1, removed: 0 }]);
  expect((await manager.apply(task.id)).message).toContain('changes in 1 file applied');
});

test('thirty days after its end the states of a workspace go, and the numbers of its task stay', async () => {
  const files = [{ path: 'late.txt', added: 1, removed: 0 }];
  const work = async (path: string): Promise<Task> => {
    const task = await rig.start(inOrder(write(path), { content: 'done' }), {
      workspace: project.path,
      allow: ['write'],
    });
    await task.result();
    await until(() => JSON.parse(readFileSync(noteOf(task), 'utf8')).end !== undefined, { what: 'its end is noted' });
    return task;
  };
  const [old, recent] = [await work('late.txt'), await work('other.txt')];
  writeFileSync(join(project.path, 'late.txt'), 'changed since\n');
  const now = Date.now() + 31 * DAY_MS;
  utimesSync(noteOf(recent), now / 1_000, now / 1_000);
  const before = age();
  await sweep(now, true);
  expect((await manager.diff(old.id)).files).toEqual(files);
  await sweep(now);
  await expect(manager.diff(old.id)).rejects.toThrow('removed 30 days after its end');
  expect((await manager.status(old.id)).detail.files).toEqual(files);
  expect(stored().length).toBeLessThan(before);
  // The other task has its states in the same repository.
  expect((await manager.diff(recent.id)).files).toMatchObject([{ path: 'other.txt' }]);
});

test('an approval of a task in a worktree names the directory in which the call would run', async () => {
  const command = { calls: [{ id: 'a', name: 'shell', args: { command: 'touch x' } }] };
  const task = await start(inOrder(command, { content: 'done' }), 'docs');
  const waiting = () => manager.approvals(task.id).catch(() => []);
  await expect
    .poll(waiting)
    .toMatchObject([{ workspace: join(rig.paths.worktree(task.id), 'docs'), worktreeOf: join(project.path, 'docs') }]);
  const [waits] = (await manager.approvals(task.id)) as [WaitingApproval];
  expect(approvalJson(waits)).toMatchObject({
    directory: join(rig.paths.worktree(task.id), 'docs'),
    workspace: join(project.path, 'docs'),
  });
  expect(approvalLines(waits, 'a rule').join('\n')).toMatch(/ directory:[\s\S]* in a worktree of:/);
  expect((await manager.status(task.id)).detail).toMatchObject({
    workspace: join(project.path, 'docs'),
    worktree: { directory: join(rig.paths.worktree(task.id), 'docs') },
  });
});
