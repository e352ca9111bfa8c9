/** A task with a worktree outlives its worker: it continues there, and what is there can be applied at any time. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { StatusObject } from '../../src/manager/status-object.js';
import { type GitProject, makeGitProject } from '../cli/git-project.js';
import { type Bench, openBench } from '../cli/support.js';
import { until } from '../support/until.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

let made: GitProject;
let project: string;
beforeEach(() => {
  made = makeGitProject(bench);
  project = made.path;
});
afterEach(() => made.remove());

const text: GitProject['text'] = (name) => made.text(name);

const statusOf = (id: string): Promise<StatusObject> => bench.json<StatusObject>(['status', id]);

test('a task whose worker is killed continues in its worktree; what is there so far can be applied', async () => {
  const write = (path: string) => ({ calls: [{ id: path, name: 'write_file', args: { path, content: `${path}\n` } }] });
  let isReleased = false;
  const flags = bench.model(({ messages }) => {
    const results = messages.filter(({ role }) => role === 'tool').length;
    if (results === 0) return write('first.txt');
    if (results === 1) return isReleased ? write('second.txt') : { hang: true };
    return { content: 'done' };
  });
  const id = await bench.submit(['--worktree', ...flags, '--allow', 'write', '--workspace', project]);
  await until(() => bench.requests(flags) >= 2, { what: 'the second request' });
  const { detail } = await statusOf(id);
  expect(detail.files).toEqual([{ path: 'first.txt', added: 1, removed: 0 }]);
  expect(await bench.run(['discard', id, '--yes'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('cancel'),
  });
  expect(await bench.run(['apply', id])).toMatchObject({ code: 2, stderr: expect.stringContaining('add --running') });
  expect(await bench.run(['apply', id, '--running'])).toMatchObject({ code: 0 });
  expect(text('first.txt')).toBe('first.txt\n');
  const { pid } = JSON.parse(readFileSync(bench.paths.workerState, 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  isReleased = true;
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  const after = (await statusOf(id)).detail;
  expect([after.worktree, after.next]).toEqual([
    detail.worktree && { ...detail.worktree, applied: false },
    `rookery apply ${id}`,
  ]);
  expect(await bench.run(['apply', id])).toMatchObject({ code: 0 });
  expect([text('first.txt'), text('second.txt')]).toEqual(['first.txt\n', 'second.txt\n']);
  expect((await statusOf(id)).detail).toMatchObject({ worktree: { applied: true }, next: `rookery result ${id}` });
});
