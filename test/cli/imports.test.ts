/** What a command loads before it answers: the libraries are most of what a short command costs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERBS } from '../../src/cli/verbs.js';
import { type Bench, openBench } from './support.js';

const RECORDER = pathToFileURL(resolve('test/cli/loaded-modules.mjs'));
const WORKER = ['@temporalio/worker', '@temporalio/core-bridge', 'pino'];
const MODELS = ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic', '@ai-sdk/openai-compatible', 'undici'];
const CLIENT = ['@temporalio/client', '@temporalio/proto', '@grpc/grpc-js', 'protobufjs'];
const SCHEMAS = ['zod'];

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

test('help needs nothing but the parser of the command line', async () => {
  expect(await packagesOf('--help')).toEqual(['commander']);
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

test('with a server the list asks it without a client, and no verb loads what only a worker needs', async () => {
  const up = await bench.run(['up', '-d']);
  expect(up, up.stderr).toMatchObject({ code: 0 });
  const id = await bench.submit(['--provider', 'demo']);
  await bench.run(['wait', id]);
  expect(among(await packagesOf('list'), [...CLIENT, ...WORKER, ...MODELS, ...SCHEMAS])).toEqual([]);
  expect(among(await packagesOf('up', '-d'), [...WORKER, ...MODELS, ...SCHEMAS])).toEqual([]);
  for (const words of [
    ['status', id],
    ['wait', id],
    ['follow', id],
    ['cancel', id],
  ])
    expect([words, among(await packagesOf(...words), [...WORKER, ...MODELS, ...SCHEMAS])]).toEqual([words, []]);
  expect(among(await packagesOf('submit', '--provider', 'demo', 'hi'), [...WORKER, ...MODELS])).toEqual([]);
});

// ---

/** The packages of which a file was loaded, by whatever way it ended. */
async function packagesOf(...args: readonly string[]): Promise<string[]> {
  const directory = await mkdtemp(join(bench.root, 'loaded-'));
  const file = join(directory, 'modules');
  await bench.run(args, { env: { NODE_OPTIONS: `--import=${RECORDER}`, LOADED_MODULES: file } });
  const names = (await readFile(file, 'utf8')).match(
    /(?<=\/node_modules\/)(@[^/\n]+\/)?[^/\n]+(?!.*\/node_modules\/)/g,
  );
  await rm(directory, { recursive: true });
  return [...new Set(names ?? [])].sort();
}

function among(packages: readonly string[], unwanted: readonly string[]): string[] {
  return packages.filter((name) => unwanted.includes(name));
}
