import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type TaskFile, toWire } from '../../src/domain/wire.js';
import { makeDirectory } from '../../src/files/atomic-write.js';
import { listTasks } from '../../src/mirror/reader.js';
import { listSummaries } from '../../src/mirror/task-summaries.js';
import { useWorkdir } from './workdir.js';

const workdir = useWorkdir();
const LONG_AGO = new Date('2026-01-02T00:00:00Z');

function textOf(id: string, change: Partial<TaskFile> = {}): string {
  const stamps = { created_at: '2026-01-01T00:00:00+00:00', updated_at: '2026-01-01T00:00:00+00:00' };
  const empty = { result: null, error: null, provider: null, model: null, checkpoint: null };
  return toWire({
    id,
    prompt: 'p\nmore',
    system_prompt: '',
    status: 'Running',
    iterations: 1,
    ...stamps,
    ...empty,
    ...change,
  });
}

/** The change stamp is the system's: a file counts as old once a second has passed, so the clock is what moves. */
async function aMomentLater<T>(look: () => Promise<T>): Promise<T> {
  const now = Date.now;
  Date.now = () => now() + 5_000;
  try {
    return await look();
  } finally {
    Date.now = now;
  }
}

const heads = () => aMomentLater(() => listSummaries(workdir.paths));

test('a table shows what the files say, also when they are not read again', async () => {
  const { paths } = workdir;
  await makeDirectory(paths.side);
  workdir.putTask('a', textOf('a'));
  workdir.putTask(
    'b',
    textOf('b', { created_at: '2026-02-01T00:00:00+00:00', status: 'Completed', result: '\nDone.\nMore.' }),
  );
  workdir.putTask('half', '{"id": "half", ');
  const first = await heads();
  const same = { prompt: 'p', updated_at: '2026-01-01T00:00:00+00:00', iterations: 1, plain: expect.any(String) };
  expect(first.tasks).toEqual([
    { id: 'b', ...same, status: 'Completed', created_at: '2026-02-01T00:00:00+00:00', outcome: 'Done.' },
    { id: 'a', ...same, status: 'Running', created_at: '2026-01-01T00:00:00+00:00', outcome: '' },
  ]);
  expect(first.errors).toEqual((await listTasks(paths)).errors);
  expect(await heads()).toEqual(first);
  expect(statSync(paths.heads).mode & 0o777).toBe(0o600);
});

test('a file of the same length and the same times is read again when another program wrote it', async () => {
  const { paths } = workdir;
  await makeDirectory(paths.side);
  workdir.putTask('a', textOf('a', { iterations: 1 }));
  utimesSync(paths.task('a'), LONG_AGO, LONG_AGO);
  expect((await heads()).tasks[0]?.iterations).toBe(1);
  writeFileSync(paths.task('a'), textOf('a', { iterations: 2 }));
  utimesSync(paths.task('a'), LONG_AGO, LONG_AGO);
  expect((await heads()).tasks[0]?.iterations).toBe(2);
});

test('a file of this very moment is not remembered: another write could leave the same stamps', async () => {
  await makeDirectory(workdir.paths.side);
  workdir.putTask('a', textOf('a'));
  await listSummaries(workdir.paths);
  expect(existsSync(workdir.paths.heads)).toBe(false);
});

test.each(['', '[]', 'null', '{"a.json":{"stamp":"1 1 1 1"}}', '{"a.json":null}', '\0'])(
  'a memory that holds %j costs nothing but time',
  async (text) => {
    const { paths } = workdir;
    await makeDirectory(paths.side);
    workdir.putTask('a', textOf('a'));
    writeFileSync(paths.heads, text);
    expect((await heads()).tasks).toHaveLength(1);
    expect(JSON.parse(readFileSync(paths.heads, 'utf8'))).toHaveProperty(['a.json', 'head', 'id'], 'a');
  },
);

test('a memory without a stamp is not taken for that of a file of this very moment', async () => {
  const { paths } = workdir;
  await makeDirectory(paths.side);
  workdir.putTask('a', textOf('a'));
  writeFileSync(paths.heads, '{"a.json":{}}');
  expect((await listSummaries(paths)).tasks).toMatchObject([{ id: 'a' }]);
});

test('in a directory that is not ours nothing is left behind', async () => {
  workdir.putTask('a', textOf('a'));
  expect((await heads()).tasks).toHaveLength(1);
  expect(existsSync(workdir.paths.side)).toBe(false);
});
