/** What the verbs print and leave behind when all is well: one server, started by the first of them. */
import { readFileSync, statSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TASK_QUEUE, type TaskInput, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { FILE_FIELDS } from '../../src/domain/wire.js';
import type { Listed } from '../../src/manager/list.js';
import type { StatusObject } from '../../src/manager/status-object.js';
import type { Submitted } from '../../src/manager/submit.js';
import { inOrder } from '../support/book.js';
import { scriptedAgent } from '../support/llm-server.js';
import { until } from '../support/until.js';
import { expectStatus } from './schemas.js';
import { type Bench, openBench, processesOf } from './support.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let bench: Bench;
/** A task that has completed, and one whose model never answers. */
let done: string;
let held: string;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const agent = () =>
  bench.model(scriptedAgent({ iterations: 2, callFor: () => ({ name: 'list_files', args: {} }), final: 'All done.' }));

describe('submit', () => {
  test('without a server starts one and a worker in the background, and prints the id alone', async () => {
    const ran = await bench.run(['submit', ...bench.model(inOrder({ hang: true })), 'Hold on to this.']);
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
    expect(ran.stderr).toContain('Temporal server');
    expect(ran.stderr).toContain('Worker started');
    held = ran.stdout.trim();
    expect(held).toMatch(UUID);
    expect(['Pending', 'Running']).toContain(bench.file(held).status);
    // The server, the front before its Web UI, and the worker.
    expect(processesOf(bench.paths.workdir)).toHaveLength(3);
  });

  test('with --json tells id, workflow and file; the signed input lies beside it, for the user alone', async () => {
    const submitted = await bench.json<Submitted>(['submit', ...agent(), 'Look around.\nThen answer.']);
    expect(submitted).toStrictEqual({
      id: expect.stringMatching(UUID),
      workflow: { id: submitted.id, run_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      file: bench.paths.task(submitted.id),
    });
    done = submitted.id;
    const input = JSON.parse(await readFile(bench.paths.input(done), 'utf8')) as TaskInput;
    expect(input).toMatchObject({ prompt: 'Look around.\nThen answer.', workspace: bench.workspace });
    expect(input.signature).toMatchObject({ scope: done });
    for (const path of [bench.paths.input(done), submitted.file]) expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const path of [bench.paths.workdir, bench.paths.tasks]) expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test('starts nothing a second time, and --quiet says nothing', async () => {
    const before = processesOf(bench.paths.workdir);
    const ran = await bench.run(['submit', ...agent(), '--quiet', 'Once more.']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(processesOf(bench.paths.workdir)).toEqual(before);
  });
});

test('run prints the answer on stdout and nothing else; the rest is on stderr', async () => {
  const ran = await bench.run(['run', ...agent(), 'Look around.']);
  expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'All done.\n' });
  const id = /^Task (\S+)$/m.exec(ran.stderr)?.[1] ?? '';
  expect(ran.stderr).toContain(bench.paths.task(id));
  expect(ran.stderr).toMatch(new RegExp(`http://127\\.0\\.0\\.1:\\d+/namespaces/default/workflows/${id}`));
  expect(ran.stderr).toMatch(/iteration 2 · scripted-\d+ · 1 call · 30 tokens/);
  expect(ran.stderr).toContain('rookery down');
  expect(bench.file(id)).toMatchObject({ status: 'Completed', result: 'All done.', iterations: 3 });
});

describe('wait', () => {
  test('of several ids prints a line each, and ends with 0 when all have completed', async () => {
    const second = await bench.submit(agent());
    const ran = await bench.run(['wait', done, second.slice(0, 8)]);
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: `${done}  completed\n${second}  completed\n` });
  });

  test('with --json gives the results', async () => {
    const { results } = await bench.json<{ results: unknown[] }>(['wait', done]);
    expect(results).toStrictEqual([{ id: done, ok: true, status: 'Completed' }]);
  });
});

describe('list', () => {
  test('shows a table in groups, the newest task of each first', async () => {
    const { code, stdout } = await bench.run(['list']);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(head).toMatch(/^ID +AGE +PROMPT +WHY +ITER +TOKENS +COST$/);
    expect(rows[0]).toBe('Working (1)');
    expect(rows[1]).toMatch(new RegExp(`^${held.slice(0, 8)} +\\d+ (s|min) +Hold on to this\\. +thinking +0$`));
    expect(rows[2]).toMatch(/^Done \(\d\)$/);
    expect(rows.at(-1)).toMatch(new RegExp(`^${done.slice(0, 8)} +\\d+ (s|min) +Look around\\. +All done\\. +3 +45$`));
  });

  test('with --json holds every task, newest first, and no errors', async () => {
    const { tasks, errors } = await bench.json<Listed>(['list']);
    expect(errors).toEqual([]);
    expect(tasks.map(({ id }) => id).slice(-2)).toEqual([done, held]);
    const stamps = tasks.map(({ created_at }) => created_at);
    expect(stamps).toEqual(stamps.toSorted().toReversed());
    for (const task of tasks) {
      expectStatus(task);
      expect(task.detail).toMatchObject({ cost: null, workflow: null });
    }
    // What the files' sidecar says; the held one has had no reply.
    expect(tasks.slice(-2).map(({ detail }) => detail.usage.total_tokens)).toEqual([45, null]);
    expect(tasks.at(-1)?.detail).toMatchObject({ source: 'temporal', phase: expect.stringMatching(/queued|thinking/) });
  });

  test('--status keeps the tasks of that status, in any case', async () => {
    const { tasks } = await bench.json<Listed>(['list', '--status', 'running']);
    expect(tasks.map(({ id, status }) => ({ id, status }))).toEqual([{ id: held, status: 'Running' }]);
    expect((await bench.run(['list', '--status', 'Cancelled'])).stdout).toBe('No tasks.\n');
  });
});

describe('status', () => {
  test('with --json holds the twelve fields of the file in their order, then the detail', async () => {
    const status = await bench.json<StatusObject>(['status', done]);
    expect(Object.keys(status)).toEqual([...FILE_FIELDS, 'detail']);
    const { detail, ...fields } = status;
    expect(fields).toStrictEqual(bench.file(done));
    expect(Object.keys(detail)).toEqual([
      'phase',
      'reason',
      'attempt',
      'source',
      'host',
      'usage',
      'cost',
      'files',
      'finish',
      'from',
      'parent',
      'children',
      'background',
      'workflow',
      'waiting',
      'mirror',
      'name',
      'group',
      'labels',
      'workspace',
      'next',
    ]);
    expect(detail).toStrictEqual({
      phase: 'done',
      reason: null,
      attempt: null,
      source: 'temporal',
      host: readFileSync(bench.paths.hostId, 'utf8'),
      usage: {
        input_tokens: 30,
        output_tokens: 15,
        total_tokens: 45,
        cached_input_tokens: null,
        cache_write_tokens: null,
        reasoning_tokens: null,
      },
      cost: null,
      files: null,
      finish: 'stop',
      ...{ from: null, parent: null, children: [], background: [], waiting: [], next: `rookery result ${done}` },
      workflow: {
        id: done,
        run_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        task_queue: 'rookery',
        history_events: expect.any(Number),
        history_bytes: expect.any(Number),
      },
      mirror: { behind_since: null },
      ...{ name: null, group: null, labels: {}, workspace: bench.workspace },
    });
    expect(detail.workflow?.history_events).toBeGreaterThan(20);
    expect(detail.workflow?.history_bytes).toBeGreaterThan(1_000);
    expectStatus(status);
  });

  test('takes a prefix of four characters, and for people spells the status in lower case', async () => {
    const ran = await bench.run(['status', held.slice(0, 4)]);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain(`task       ${held}\n`);
    expect(ran.stdout).toContain('status     running\n');
    expect((await bench.run(['status', done])).stdout).toMatch(/\nstatus {5}completed\n[\s\S]*\n\nAll done\.\n$/);
  });

  test('of a task whose model is silent says that it is thinking, in its first attempt', async () => {
    const { status, detail } = await bench.json<StatusObject>(['status', held]);
    expect({ status, ...detail }).toMatchObject({ status: 'Running', phase: 'thinking', attempt: 1 });
  });
});

test('doctor checks everything and ends with 0, for people and as JSON', async () => {
  const ran = await bench.run(['doctor']);
  expect(ran, ran.stdout).toMatchObject({ code: 0 });
  for (const line of ran.stdout.trimEnd().split('\n')) expect(line).toMatch(/^ok {3}\S/);
  const { ok, checks } = await bench.json<{ ok: boolean; checks: { name: string; ok: boolean }[] }>(['doctor']);
  expect(ok).toBe(true);
  const fine = { name: expect.any(String), ok: true, message: expect.any(String) };
  for (const check of checks) expect(check).toStrictEqual(fine);
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['node', 'workdir', 'signing key', 'models', 'task files', 'server', 'database', 'worker']),
  );
});

test('ui prints an address that answers: of the list of tasks, with an id of the transcript', async () => {
  const { url } = await bench.json<{ url: string }>(['ui', done.slice(0, 8)]);
  expect(url).toMatch(
    new RegExp(`^http://127\\.0\\.0\\.1:\\d+/namespaces/default/workflows/${done}/[-0-9a-f]{36}/user-metadata$`),
  );
  expect((await fetch(url)).status).toBe(200);
  expect((await bench.run(['status', done])).stdout).toContain(`web ui     ${url}\n`);
  const list = url.slice(0, url.indexOf(`/${done}`));
  const query = 'WorkflowType="backgroundTask" AND ExecutionStatus!="ContinuedAsNew"';
  expect((await bench.run(['ui'])).stdout).toBe(`${list}?query=${encodeURIComponent(query)}\n`);
  expect(decodeURIComponent((await bench.run(['ui', '--needs-you'])).stdout)).toContain('RookeryStatus="Waiting"');
});

test('up -d leaves what runs alone, and tells the addresses', async () => {
  const before = processesOf(bench.paths.workdir);
  const { address, url } = await bench.json<{ address: string; url: string }>(['up', '-d']);
  expect((await bench.run(['up', '-d'])).stdout).toBe(`up: Temporal ${address}, Web UI ${url}\n`);
  expect(processesOf(bench.paths.workdir)).toEqual(before);
});

test('sign --schedule prints an input for the ids that a schedule gives its tasks', async () => {
  const input = await bench.json<TaskInput>(['sign', '--schedule', 'nightly', ...agent(), 'Look around.']);
  expect(input).toMatchObject({ prompt: 'Look around.', signature: { scope: 'schedule:nightly' } });
  expect(input).not.toHaveProperty('created_at');
  expect((await bench.run(['sign', '--schedule', 'a', '--id', 'b', 'hi'])).code).toBe(2);
});

test('the input that sign prints starts a task through a client without the plugin, under its own id only', async () => {
  const { address } = await bench.json<{ address: string }>(['up', '-d']);
  const ran = await bench.run(['sign', '--id', 'signed-by-hand', ...agent(), 'Look around.']);
  expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining('signed-by-hand') });
  const input = JSON.parse(ran.stdout) as TaskInput;
  expect(input).toMatchObject({ prompt: 'Look around.', signature: { scope: 'signed-by-hand' } });
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  const start = (workflowId: string) =>
    workflow.execute(WORKFLOW_TYPE, { workflowId, taskQueue: TASK_QUEUE, args: [input] });
  expect(await start('signed-by-hand')).toMatchObject({ status: 'Completed', result: 'All done.', iterations: 3 });
  await expect(start('another-id')).rejects.toMatchObject({ cause: { message: expect.stringContaining('signature') } });
  await connection.close();
});

test('logs shows what server and worker said, and nothing of prompts and answers', async () => {
  const { code, stdout } = await bench.run(['logs']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^worker: .*worker ready/m);
  expect(stdout).not.toContain('Look around.');
  expect(stdout).not.toContain('All done.');
});

test('down stops worker and server, and says when nothing ran; status then works from the files', async () => {
  // What is asked of a model is waited for; this one never answers.
  expect(await bench.run(['cancel', held])).toMatchObject({ code: 0, stdout: `${held}  cancelled\n` });
  const ran = await bench.run(['down']);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('stopped worker and server') });
  expect(processesOf(bench.paths.workdir)).toEqual([]);
  expect((await bench.run(['down'])).stdout).toBe('nothing was running\n');

  const offline = await bench.run(['status', done, '--json']);
  expect(offline.stderr).toContain('showing task files only');
  const status = JSON.parse(offline.stdout) as StatusObject;
  expectStatus(status);
  expect(status).toMatchObject({ status: 'Completed', detail: { source: 'files', usage: { total_tokens: 45 } } });
});

test('logs -f shows whole lines as they come, and ends quietly at Ctrl-C, also when it comes with the first line', async () => {
  // Nothing runs: what comes is the test's own.
  const logs = bench.spawn(['logs', '-f']);
  await until(() => logs.stdout().includes('worker ready'), { what: 'the log is shown' });
  const log = join(bench.paths.logs, 'worker.log');
  await appendFile(log, 'one line in ');
  await appendFile(join(bench.paths.logs, 'server.log'), 'seen meanwhile\n');
  await until(() => logs.stdout().includes('server: seen meanwhile'), { what: 'the log is looked at again' });
  // Who does not wait for the rest sees what is there.
  expect((await bench.run(['logs'])).stdout.split('\n')).toContain('worker: one line in ');
  await appendFile(log, 'two pieces\n');
  await until(() => logs.stdout().includes('two pieces'), { what: 'the rest is shown' });
  expect(logs.stdout().split('\n')).toContain('worker: one line in two pieces');
  logs.kill('SIGINT');
  expect(await logs.ended).toMatchObject({ code: 0, signal: null });

  const hasty = bench.spawn(['logs', '-f']);
  hasty.child.stdout?.once('data', () => hasty.kill('SIGINT'));
  expect(await hasty.ended).toMatchObject({ code: 0, signal: null });
});

test('doctor --fix starts what is missing; up in the foreground runs until Ctrl-C, and takes all with it', async () => {
  const fixed = await bench.run(['doctor', '--fix']);
  expect(fixed, fixed.stdout).toMatchObject({ code: 0 });
  expect(processesOf(bench.paths.workdir)).toHaveLength(3);
  expect(await bench.run(['down'])).toMatchObject({ code: 0, stderr: '' });
  const up = bench.spawn(['up']);
  await until(() => up.stderr().includes('worker ready'), { what: 'it is up' });
  expect(up.stdout()).toMatch(/^up: Temporal 127\.0\.0\.1:\d+, Web UI http/);
  const late = bench.model(inOrder({ content: 'Late.', delayMs: 3_000 }));
  const id = await bench.submit(late);
  await until(() => bench.requests(late) === 1, { what: 'the model is asked' });
  up.kill('SIGINT');
  expect(await up.ended).toMatchObject({ code: 0, signal: null });
  expect(up.stderr()).toContain('The worker is finishing its running activities; this can take up to 30 s.');
  expect((await bench.json<StatusObject>(['status', id])).status).toBe('Running');
  expect(processesOf(bench.paths.workdir)).toEqual([]);
});

test.each([
  ['its note', 'workerState'],
  ['what it runs', 'running'],
] as const)('a worker that cannot write %s down says so in a sentence, and ends', async (_what, name) => {
  const path = bench.paths[name];
  await rm(path, { recursive: true, force: true });
  // A file where a directory belongs, and the other way round.
  if (name === 'running') await writeFile(path, '');
  else await mkdir(join(path, 'in-the-way'), { recursive: true });
  const ran = await bench.run(['worker']);
  expect(ran, ran.stderr).toMatchObject({ code: 6, signal: null });
  expect(ran.stderr).toContain(path);
  expect(ran.stderr).not.toContain('Cannot close connection');
  await rm(path, { recursive: true });
});
