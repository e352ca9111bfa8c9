import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type TaskFile, toWire } from '../../src/domain/wire.js';
import { idsWith, listTasks, readTask } from '../../src/mirror/reader.js';
import { useWorkdir } from './workdir.js';

const workdir = useWorkdir();

function put(id: string, created_at = '2026-01-01T00:00:00+00:00'): void {
  workdir.putTask(id, textOf(id, created_at));
}

function textOf(id: string, created_at = '2026-01-01T00:00:00+00:00'): string {
  const empty = { result: null, error: null, provider: null, model: null, checkpoint: null };
  const task: TaskFile = {
    id,
    prompt: 'p',
    system_prompt: '',
    status: 'Pending',
    created_at,
    updated_at: created_at,
    iterations: 0,
    ...empty,
  };
  return toWire(task);
}

test('tasks are listed newest first, whatever the number of their fraction digits', async () => {
  put('b', '2026-01-01T00:00:00.5+00:00');
  put('d', '2026-01-01T00:00:01+00:00');
  put('a', '2026-01-01T00:00:00+00:00');
  put('c', '2026-01-01T00:00:00.500000001+00:00');
  const { tasks } = await listTasks(workdir.paths);
  expect(tasks.map(({ id }) => id)).toEqual(['d', 'c', 'b', 'a']);
});

test('only names that end in .json count, and only of this directory', async () => {
  put('good');
  const { tasks } = workdir.paths;
  for (const name of ['x.json.tmp', 'x.JSON', 'json', '.json', '.x.1.tmp', 'x.json~'])
    writeFileSync(join(tasks, name), '{');
  writeFileSync(workdir.paths.checkpoint('good'), '{');
  const listed = await listTasks(workdir.paths);
  expect(listed.tasks.map(({ id }) => id)).toEqual(['good']);
  expect(listed.errors).toEqual([]);
});

test('a file that cannot be taken is named with its reason, and the others are listed', async () => {
  put('good');
  const { paths } = workdir;
  workdir.putTask('half', '{"id": "half", ');
  workdir.putTask('copy', textOf('good'));
  writeFileSync(join(paths.tasks, '..up.json'), textOf('good').replace('"good"', '"..up"'));
  mkdirSync(paths.task('folder'));
  symlinkSync(paths.task('good'), paths.task('link'));
  execFileSync('mkfifo', [paths.task('pipe')]);
  writeFileSync(paths.task('huge'), '');
  truncateSync(paths.task('huge'), 65 * 1024 * 1024);
  const before = readdirSync(paths.tasks);
  const { tasks, errors } = await listTasks(paths);
  expect(tasks.map(({ id }) => id)).toEqual(['good']);
  const reasons = Object.fromEntries(errors.map(({ file, reason }) => [file.slice(paths.tasks.length + 1), reason]));
  expect(reasons).toEqual({
    '..up.json': 'its id "..up" is not a safe file name',
    'copy.json': 'its id good differs from its file name',
    'folder.json': 'it is not a regular file',
    'half.json': expect.stringContaining('it is not complete JSON'),
    'huge.json': expect.stringContaining('more than 67108864'),
    'link.json': 'it is a symlink',
    'pipe.json': 'it is not a regular file',
  });
  expect(readdirSync(paths.tasks)).toEqual(before);
});

test('a work directory without tasks has none; one whose tasks are a file says so', async () => {
  const { paths } = workdir;
  rmSync(paths.tasks, { recursive: true });
  expect(await listTasks(paths)).toEqual({ tasks: [], errors: [] });
  expect(await readTask(paths, 'any')).toEqual({ kind: 'absent' });
  writeFileSync(paths.tasks, '');
  await expect(listTasks(paths)).rejects.toMatchObject({
    code: 'workdir',
    message: expect.stringContaining(paths.tasks),
  });
});

test('ids are found by their beginning, those of broken files too', async () => {
  put('abc1');
  put('abd');
  workdir.putTask('abc2', '{');
  put('abc: 3');
  expect((await idsWith(workdir.paths, 'abc')).sort()).toEqual(['abc1', 'abc2', 'abc: 3'].sort());
  expect(await idsWith(workdir.paths, 'abc: ')).toEqual(['abc: 3']);
  expect(await idsWith(workdir.paths, 'abc%3A')).toEqual(['abc: 3']);
});
