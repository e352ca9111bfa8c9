/** What the command does without any server: what is in the files, and a work directory that cannot be one. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TaskFile, toWire } from '../../src/domain/wire.js';
import type { Listed } from '../../src/manager/list.js';
import type { StatusObject } from '../../src/manager/status-object.js';
import { expectStatus } from './schemas.js';
import { type Bench, openBench, processesOf } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ ROOKERY_TEMPORAL_CLI: '/nowhere/temporal' });
});
afterAll(async () => {
  expect(processesOf(bench.paths.workdir)).toEqual([]);
  await bench.close();
});

describe('without a server', () => {
  test.each(['run', 'submit'])('%s --no-start says so, and ends with 6', async (verb) => {
    const ran = await bench.run([verb, '--no-start', '--provider', 'demo', 'hi']);
    expect(ran).toMatchObject({ code: 6, stdout: '' });
    expect(ran.stderr).toContain(`The Temporal server is not running (${bench.paths.workdir}). Run \`rookery up -d\`.`);
  });

  test.each(['resume', 'cancel', 'wait', 'follow'])('%s --no-start ends with 6', async (verb) => {
    const ran = await bench.run([verb, ...(verb === 'resume' ? [] : ['abcd']), '--no-start']);
    expect(ran, ran.stderr).toMatchObject({ code: 6, stdout: '' });
  });

  test('a server that cannot be had: submit tells the id on stderr, ends with 6 and leaves a Pending file', async () => {
    const ran = await bench.run(['submit', '--json', '--provider', 'demo', 'Later, then.']);
    expect(ran.code).toBe(6);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      error: { code: 'environment', message: expect.stringContaining('/nowhere/temporal'), hint: expect.any(String) },
    });
    const id = /Task (\S+) is written but not started; start it with: rookery resume \1/.exec(ran.stderr)?.[1] ?? '';
    expect(bench.file(id)).toMatchObject({ status: 'Pending', prompt: 'Later, then.' });
    expect(existsSync(bench.paths.input(id))).toBe(true);
  });

  test('doctor names what is missing, and ends with 6', async () => {
    const ran = await bench.run(['doctor', '--json']);
    expect(ran.code).toBe(6);
    const { ok, checks } = JSON.parse(ran.stdout) as {
      ok: boolean;
      checks: { name: string; ok: boolean; fix?: string }[];
    };
    expect(ok).toBe(false);
    expect(checks.filter((check) => !check.ok)).toMatchObject([
      { name: 'server', fix: 'rookery up -d' },
      { name: 'worker', fix: 'rookery up -d' },
    ]);
  });

  test('doctor says that the settings want no sandbox, whether or not this host has one', async () => {
    const directory = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'config.toml'), '[security]\nsandbox = "off"\n');
    try {
      const { stdout } = await bench.run(['doctor']);
      expect(stdout).toMatch(/no sandbox, so shell commands need approval: security\.sandbox is off/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('ui ends with 6', async () => {
    expect(await bench.run(['ui'])).toMatchObject({ code: 6, stdout: '' });
  });
});

describe('list and status from the files', () => {
  const file = (id: string, more: Partial<TaskFile> = {}): TaskFile => ({
    id,
    prompt: `Prompt of ${id}`,
    system_prompt: '',
    status: 'Running',
    result: null,
    error: null,
    created_at: '2020-01-01T00:00:00.000001+00:00',
    updated_at: '2020-01-01T00:00:00.000001+00:00',
    iterations: 0,
    provider: null,
    model: null,
    checkpoint: null,
    ...more,
  });
  const torn = toWire(file('torn-task')).slice(0, 60);

  beforeAll(async () => {
    await mkdir(bench.paths.tasks, { recursive: true, mode: 0o700 });
    const ended = file('twin-two', {
      status: 'Completed',
      result: 'Forty-two',
      created_at: '2020-01-02T00:00:00+00:00',
    });
    for (const one of [file('twin-one'), ended]) await writeFile(bench.paths.task(one.id), toWire(one));
    await writeFile(bench.paths.task('torn-task'), torn);
  });

  test('list shows every whole file, says that no server runs, and names the torn file, which keeps its bytes', async () => {
    const ran = await bench.run(['list', '--json']);
    const { tasks, errors } = JSON.parse(ran.stdout) as Listed;
    expect(ran.code).toBe(0);
    expect(tasks.slice(-2).map(({ id }) => id)).toEqual(['twin-two', 'twin-one']);
    expect(tasks.at(-1)?.detail).toMatchObject({
      source: 'files',
      phase: 'queued',
      reason: expect.stringContaining('no server'),
    });
    for (const task of tasks) expectStatus(task);
    expect(errors).toEqual([
      { file: bench.paths.task('torn-task'), reason: expect.stringContaining('not complete JSON') },
    ]);
    expect(ran.stderr).toContain('showing task files only');
    expect(ran.stderr).toContain(`${bench.paths.task('torn-task')} is skipped: it is not complete JSON`);
    expect(await readFile(bench.paths.task('torn-task'), 'utf8')).toBe(torn);
  });

  test('status tells what the file says; of a torn one, that it cannot be read', async () => {
    const status = await bench.json<StatusObject>(['status', 'twin-t']);
    expect(status).toMatchObject({
      id: 'twin-two',
      status: 'Completed',
      result: 'Forty-two',
      detail: { phase: 'done' },
    });
    expect(await bench.run(['status', 'torn-task'])).toMatchObject({ code: 5, stdout: '' });
  });

  test('an unknown id is 5, an ambiguous prefix 2, and neither is guessed', async () => {
    const unknown = await bench.run(['status', 'no-such-task', '--json']);
    expect(unknown.code).toBe(5);
    expect(JSON.parse(unknown.stdout)).toMatchObject({
      error: { code: 'not_found', message: "Task 'no-such-task' not found" },
    });
    const ambiguous = await bench.run(['status', 'twin']);
    expect(ambiguous).toMatchObject({ code: 2, stdout: '' });
    expect(ambiguous.stderr).toMatch(
      /The id 'twin' matches 2 tasks\. Give more characters of the id: (twin-one, twin-two|twin-two, twin-one)\./,
    );
    expect(await bench.run(['status', '../../etc/passwd'])).toMatchObject({ code: 5 });
  });
});

describe('a work directory that cannot be one', () => {
  test.each([
    ['a file', 'file'],
    ['a path below a file', 'file/below'],
    ['a path that cannot be written', '/proc/nope'],
  ])('%s: each verb ends with 6 and says which path it is', async (_, place) => {
    const path = join(bench.root, 'file');
    await writeFile(path, 'kept', { mode: 0o600 });
    const workdir = place.startsWith('/') ? place : join(bench.root, place);
    for (const args of [
      ['submit', '--provider', 'demo', 'hi'],
      ['run', '--provider', 'demo', 'hi'],
      ['up', '-d'],
      ['resume'],
    ]) {
      const ran = await bench.run([...args, '--workdir', workdir]);
      expect(ran, `${args[0]}: ${ran.stderr}`).toMatchObject({ code: 6, stdout: '' });
      expect(ran.stderr, args[0]).toContain(workdir);
      expect(ran.stderr, args[0]).not.toMatch(/^\s+at /m);
    }
    expect(await readFile(path, 'utf8')).toBe('kept');
  });

  test.skipIf(process.getuid?.() === 0)(
    'a read-only directory: 6, and nothing is written (not as root: root writes anywhere)',
    async () => {
      const workdir = join(bench.root, 'read-only');
      await mkdir(workdir, { mode: 0o500 });
      expect(await bench.run(['submit', '--provider', 'demo', '--workdir', workdir, 'hi'])).toMatchObject({ code: 6 });
      expect(await readdir(workdir)).toEqual([]);
      await chmod(workdir, 0o700);
    },
  );
});
