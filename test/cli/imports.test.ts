/** What a command loads before it answers: the libraries are most of what a short command costs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERBS } from '../../src/cli/verbs.js';
import { workerStart } from '../../src/worker/process-settings.js';
import { type Bench, openBench } from './support.js';

const RECORDER = pathToFileURL(resolve('test/cli/loaded-modules.mjs'));
const WORKER = ['@temporalio/worker', '@temporalio/core-bridge', 'pino'];
const MODELS = ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic', '@ai-sdk/openai-compatible', 'undici'];
const CLIENT = ['@temporalio/client', '@temporalio/proto', '@grpc/grpc-js', 'protobufjs'];
const SCHEMAS = ['zod'];
/** What a worker loads when a tool, a server or a file of the user first needs it. */
const FIRST_USE = ['@modelcontextprotocol/client', '@mozilla/readability', 'linkedom', 'turndown', 'jiti'];
/** Only where a module that Node preloads has registered a tracer provider. */
const TRACING = ['@opentelemetry/api'];

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

test('help needs nothing but the parser of the command line', async () => {
  expect(await packagesOf('--help')).toEqual(['commander', 'fast-string-truncated-width']);
});

test('the help of a verb loads no client, no model and no worker', async () => {
  for (const name of Object.keys(VERBS))
    expect([name, among(await packagesOf(name, '--help'), [...CLIENT, ...WORKER, ...MODELS])]).toEqual([name, []]);
});

test('no verb loads the worker or the models but those that run a worker', async () => {
  const offline = ['submit', '--no-start', '--workdir', join(bench.root, 'other'), 'hi'];
  for (const words of [['list'], ['status', 'abcd'], offline, ['config'], ['down'], ['logs']])
    expect([words, among(await packagesOf(...words), [...WORKER, ...MODELS])]).toEqual([words, []]);
});

test('without a server the files are read without a client of one', async () => {
  for (const words of [['list'], ['status', 'abcd'], ['config'], ['logs']])
    expect([words, among(await packagesOf(...words), [...CLIENT, 'zod'])]).toEqual([words, []]);
});

test('with a server no short verb loads the SDK, a schema library, a model or what only a worker needs', async () => {
  const up = await bench.run(['up', '-d']);
  expect(up, up.stderr).toMatchObject({ code: 0 });
  const id = await bench.submit(['--provider', 'demo']);
  await bench.run(['wait', id]);
  const remote = ['--provider', 'litellm', '--endpoint', 'http://127.0.0.1:9/v1', '--model', 'x', '--no-check'];
  const verbs: readonly (readonly string[])[] = [
    ['list'],
    ['status', id],
    ['wait', id],
    ['follow', id],
    ['logs'],
    ['approvals'],
    ['approve', id],
    ['deny', id],
    ['answer', id, 'yes'],
    ['cancel', id],
    ['resume', id],
    ['resume'],
    ['submit', '--provider', 'demo', 'hi'],
    ['submit', ...remote, 'hi'],
    ['sign', '--provider', 'demo', 'hi'],
    ['mirror', 'verify', id],
    ['ui'],
    ['config'],
    ['up', '-d'],
    ['down'],
  ];
  for (const words of verbs)
    expect([
      words,
      among(await packagesOf(...words), [...CLIENT, ...WORKER, ...MODELS, ...SCHEMAS, ...TRACING]),
    ]).toEqual([words, []]);
});

test('status loads at most half as much again as list', async () => {
  const up = await bench.run(['up', '-d']);
  expect(up, up.stderr).toMatchObject({ code: 0 });
  const id = await bench.submit(['--provider', 'demo']);
  await bench.run(['wait', id]);
  const [list, status] = [await modulesOf('list'), await modulesOf('status', id)];
  await bench.run(['down']);
  expect(list.length).toBeGreaterThan(10);
  expect(status.length).toBeLessThanOrEqual(1.5 * list.length);
});

test('a worker that has run no task has loaded nothing that only some tasks need, and was started to stay small', async () => {
  const { file, env: recording } = await recorder();
  const fresh = await openBench(recording);
  try {
    const up = await fresh.run(['up', '-d']);
    expect(up, up.stderr).toMatchObject({ code: 0 });
    const { pid } = JSON.parse(await readFile(fresh.paths.workerState, 'utf8')) as { pid: number };
    const { env, execArgv } = workerStart({});
    const variables = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
    expect(variables).toEqual(expect.arrayContaining(Object.entries(env).map(([name, value]) => `${name}=${value}`)));
    expect((await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')).toEqual(expect.arrayContaining(execArgv));
    await fresh.run(['down']);
  } finally {
    await fresh.close();
  }
  const packages = await packagesIn(file);
  expect(among(packages, [...FIRST_USE, ...TRACING])).toEqual([]);
  expect(packages).toContain('@temporalio/worker');
});

// ---

interface Recorder {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

async function recorder(): Promise<Recorder> {
  const file = join(await mkdtemp(join(bench.root, 'loaded-')), 'modules');
  return { file, env: { NODE_OPTIONS: `--import=${RECORDER}`, LOADED_MODULES: file } };
}

/** The packages of which a file was loaded, also of those whose code is in the build, by whatever way it ended. */
async function packagesOf(...args: readonly string[]): Promise<string[]> {
  const { file, env } = await recorder();
  await bench.run(args, { env });
  return packagesIn(file);
}

/** The files that were loaded, without those of Node. */
async function modulesOf(...args: readonly string[]): Promise<string[]> {
  const { file, env } = await recorder();
  const ran = await bench.run(args, { env });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const paths = (await readFile(file, 'utf8')).split('\n').filter((line) => /^(file:|\/)/.test(line));
  return [...new Set(paths.map((path) => path.replace(/^file:\/\//, '')))];
}

async function packagesIn(file: string): Promise<string[]> {
  const names = (await readFile(file, 'utf8')).match(
    /(?<=\/(?:node_modules|dist\/vendor)\/)(@[^/\n]+\/)?[^/\n]+?(?=\/|\.js\n)(?!.*\/node_modules\/)/g,
  );
  await rm(file);
  return [...new Set(names ?? [])].sort();
}

function among(packages: readonly string[], unwanted: readonly string[]): string[] {
  return packages.filter((name) => unwanted.includes(name));
}
