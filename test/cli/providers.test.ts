/** What the command reports about failing providers: no task fails, and each says why it waits. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StatusObject } from '../../src/manager/status-object.js';
import { choosePorts } from '../../src/server/ports.js';
import { inOrder } from '../support/book.js';
import { until } from '../support/until.js';
import { expectStatus } from './schemas.js';
import { type Bench, openClusterBench } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
});
afterAll(() => bench.close());

const answer = { content: 'Here it is.' };
const completed = { code: 0, stdout: 'Here it is.\n' };
const idIn = ({ stderr }: { stderr: string }): string => /^Task (\S+)$/m.exec(stderr)?.[1] ?? '';

function retrying(id: string): Promise<StatusObject> {
  return until(
    async () => {
      const status = await bench.json<StatusObject>(['status', id]);
      return status.detail.phase === 'retrying' && status;
    },
    { what: 'the task is retried' },
  ) as Promise<StatusObject>;
}

test('an endpoint that refuses: run leaves with 124 at its timeout, and the task is Running and retrying', async () => {
  const { frontend: port } = await choosePorts([]);
  const flags = ['--provider', 'litellm', '--model', 'any', '--endpoint', `http://127.0.0.1:${port}`];
  const ran = await bench.run(['run', '--timeout', '2s', ...flags, 'Ask.']);
  expect(ran, ran.stderr).toMatchObject({ code: 124, stdout: '' });
  const status = await retrying(idIn(ran));
  expectStatus(status);
  expect(status).toMatchObject({ status: 'Running', error: null, iterations: 0, detail: { source: 'temporal' } });
  expect(status.detail.attempt).toBeGreaterThanOrEqual(2);
  expect(status.detail.reason).toMatch(
    new RegExp(`^attempt \\d+.*, last error: litellm at http://127\\.0\\.0\\.1:${port} refused the connection`),
  );
  expect((await bench.run(['cancel', status.id])).code).toBe(0);
});

describe.each([
  ['a web page', { html: true as const }],
  ['an empty reply', { content: '' }],
  ['an empty body', { empty: true as const }],
])('%s', (_, fault) => {
  test('is no answer: the model is asked again', async () => {
    const flags = bench.model(inOrder(fault, answer));
    expect(await bench.run(['run', ...flags, 'Ask.'])).toMatchObject(completed);
    expect(bench.requests(flags)).toBe(2);
  });
});

test('a 429 with retry-after: asked again, but not before, and status says when', async () => {
  const limit = { status: 429, headers: { 'retry-after': '8' }, body: { error: { message: 'slow down' } } };
  const flags = bench.model(inOrder(limit, answer));
  const id = await bench.submit(flags);
  const { detail } = await retrying(id);
  expect(detail.reason).toMatch(/^attempt 2, next in [1-8] s, last error: .*\(429\): slow down/);
  expect((await bench.run(['wait', id])).code).toBe(0);
  const [first, second] = bench.book.requestsOf(flags.at(-1) ?? '');
  expect((second?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThanOrEqual(8_000);
  expect(bench.requests(flags)).toBe(2);
});

test('a retry-after of two hours: list and status say until when, and resume tries now', async () => {
  const limit = { status: 429, headers: { 'retry-after': '7200' }, body: { error: { message: 'slow down' } } };
  const flags = bench.model(inOrder(limit, answer));
  const id = await bench.submit(flags);
  const status = await until(
    async () => {
      const found = await bench.json<StatusObject>(['status', id]);
      return found.detail.reason?.includes('next try at') && found;
    },
    { what: 'the task waits for its provider' },
  );
  expectStatus(status);
  expect(status).toMatchObject({ status: 'Running', detail: { phase: 'retrying' } });
  const hour = /next try at (\S{10})T(\S{5})/.exec(String((status as StatusObject).detail.reason));
  const shown = async () => (await bench.run(['list'])).stdout.includes(`retrying until ${hour?.[1]} ${hour?.[2]}`);
  await until(shown, { what: 'the list says until when' });
  expect(await bench.run(['resume', id])).toMatchObject({ code: 0 });
  expect((await bench.run(['wait', id])).code).toBe(0);
  expect(bench.requests(flags)).toBe(2);
});

test('a limit that is hit is a failure, never an answer', async () => {
  const flags = bench.model(inOrder({ calls: [{ id: 'c', name: 'list_files', args: {} }] }));
  const ran = await bench.run(['run', '--max-iterations', '2', ...flags, 'Go on and on.']);
  expect(ran).toMatchObject({ code: 1, stdout: '' });
  expect(ran.stderr).toContain('The task failed: Iteration limit of 2 reached');
  expect(bench.requests(flags)).toBe(2);
});

test('a key that the worker lacks: it restarts with it, says so, and the key is nowhere but in the request', async () => {
  const key = 'sk-parrot-4711';
  const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: bench.book.url };
  const model = bench.book.add(inOrder(answer));
  const ran = await bench.run(['run', '--model', model, 'Ask.'], { env });
  expect(ran, ran.stderr).toMatchObject(completed);
  expect(ran.stderr).toContain('Restarting the worker with the key for openai.');
  expect(bench.book.requestsOf(model)[0]?.headers.authorization).toBe(`Bearer ${key}`);
  expect(bench.file(idIn(ran))).toMatchObject({ provider: 'openai', model });
  const again = await bench.run(['run', '--provider', 'openai', '--model', model, 'Ask.'], { env });
  expect(again).toMatchObject(completed);
  expect(again.stderr).not.toContain('Restarting');
  expect(() => execFileSync('grep', ['-r', '-l', key, bench.paths.workdir])).toThrow(/Command failed/);
});
