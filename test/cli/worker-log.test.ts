/** What the worker of the command tells: log lines that name task, run and iteration, and spans where a module makes them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StatusObject } from '../../src/manager/status-object.js';
import { inOrder } from '../support/book.js';
import { until } from '../support/until.js';
import { type Bench, linesOf, openClusterBench } from './support.js';

const CANARY = 'egret-canary-3172';

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
  writeFileSync(join(bench.workspace, 'name.txt'), `${CANARY} in a file\n`);
});
afterAll(() => bench.close());

const call = (name: string, args: object) => ({ content: CANARY, calls: [{ id: 'a', name, args }] });
const agent = () =>
  bench.model(
    inOrder(
      call('read_file', { path: 'name.txt' }),
      { status: 503, body: { error: { message: CANARY } } },
      call('write_file', { path: 'b.txt', content: CANARY }),
      { content: `${CANARY} as the answer` },
    ),
  );

async function runTask(env: NodeJS.ProcessEnv = {}): Promise<StatusObject> {
  const ran = await bench.run(['submit', '--allow', 'write', ...agent(), CANARY], { env });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const id = ran.stdout.trim();
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  return bench.json<StatusObject>(['status', id]);
}

interface Line {
  readonly msg: string;
  readonly task?: string;
  readonly run?: string;
  readonly iteration?: number;
}

test('each line of a task has its task, run and iteration, and none has content', async () => {
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
  const { id, detail } = await runTask();
  const log = (): string => readFileSync(join(bench.paths.logs, 'worker.log'), 'utf8');
  await until(() => log().includes('task ended'), { what: 'the end is logged' });
  expect(await bench.run(['down'])).toMatchObject({ code: 0 });
  const lines = linesOf<Line>(log());
  const own = lines.filter(({ task }) => task === id);
  expect(own.filter(({ run }) => run !== detail.workflow?.run_id)).toEqual([]);
  const ours = ['reply accepted', 'tool has run', 'model request failed', 'task ended'];
  expect(own.filter(({ msg }) => ours.includes(msg)).map(({ msg, iteration }) => [msg, iteration])).toEqual([
    ['reply accepted', 1],
    ['tool has run', 2],
    ['model request failed', 2],
    ['reply accepted', 2],
    ['tool has run', 2],
    ['reply accepted', 3],
    ['task ended', undefined],
  ]);
  // What the SDK says of the attempt that failed.
  const failed = own.filter(({ msg }) => msg === 'Activity failed');
  expect(failed.map(({ iteration }) => iteration)).toEqual([2]);
  expect(lines.filter((line) => JSON.stringify(line).includes(id) && line.task !== id)).toEqual([]);
  expect(log()).not.toContain(CANARY);
});

test('with --log-format text the lines are for people', async () => {
  const worker = bench.spawn(['worker', '--log-format', 'text']);
  await until(() => worker.stderr().includes('worker ready'), { what: 'it is ready' });
  const { id, detail } = await runTask();
  await until(() => worker.stderr().includes('task ended'), { what: 'the end is logged' });
  worker.kill('SIGTERM');
  const { stderr } = await worker.ended;
  const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
  const about = `task=${id} run=${detail.workflow?.run_id}`;
  expect(stderr).toMatch(new RegExp(`^${time} info reply accepted ${about} iteration=1 provider=litellm `, 'm'));
  expect(stderr).toMatch(new RegExp(`^${time} warn model request failed ${about} iteration=2 .*code=unavailable`, 'm'));
  expect(stderr).toMatch(new RegExp(`^${time} info task ended ${about} status=Completed iterations=3 `, 'm'));
  expect(stderr).not.toContain(CANARY);
});

describe('with a module that registers a tracer provider', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
  const PARENT = '00f067aa0ba902b7';

  interface Span {
    readonly name: string;
    readonly trace: string;
    readonly id: string;
    readonly parent: string | null;
  }

  test('the spans of the submit and of the worker are sent before each ends, in the trace of TRACEPARENT', async () => {
    const file = join(bench.root, 'spans');
    const preload = pathToFileURL(resolve('test/tracing/preload-spans.mjs'));
    const env = { NODE_OPTIONS: `--import=${preload}`, SPANS: file };
    const worker = bench.spawn(['worker'], { env });
    await until(() => worker.stderr().includes('worker ready'), { what: 'it is ready' });
    await runTask({ ...env, TRACEPARENT: `00-${TRACE}-${PARENT}-01` });
    const inSubmit = linesOf<Span>(readFileSync(file, 'utf8'));
    expect(inSubmit).toMatchObject([{ name: 'invoke_agent rookery', trace: TRACE, parent: PARENT }]);
    worker.kill('SIGTERM');
    await worker.ended;
    const spans = linesOf<Span>(readFileSync(file, 'utf8')).slice(1);
    expect(new Set(spans.map(({ trace }) => trace))).toEqual(new Set([TRACE]));
    const iterations = spans.filter(({ name }) => name === 'iteration');
    expect(new Set(iterations.map(({ parent }) => parent))).toEqual(new Set([inSubmit[0]?.id]));
    expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['execute_tool write_file']));
    expect(readFileSync(file, 'utf8')).not.toContain(CANARY);
  });

  test('without one, the trace parent of the environment goes with the task all the same', async () => {
    const signed = await bench.run(['sign', '--provider', 'demo', 'x'], {
      env: { TRACEPARENT: `00-${TRACE}-${PARENT}-01` },
    });
    expect(JSON.parse(signed.stdout)).toMatchObject({ traceparent: `00-${TRACE}-${PARENT}-01` });
    for (const [args, traceparent] of [
      [['sign'], 'none'],
      [['sign', '--schedule', 'nightly'], `00-${TRACE}-${PARENT}-01`],
    ] as const) {
      const other = await bench.run([...args, '--provider', 'demo', 'x'], { env: { TRACEPARENT: traceparent } });
      expect(JSON.parse(other.stdout)).not.toHaveProperty('traceparent');
    }
  });
});
