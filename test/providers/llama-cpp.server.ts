/**
 * Tasks through llama.cpp's real server, with a model of random weights: what it says is noise, but each request is parsed,
 * its tools are made into a grammar, its turns are put through a template, and its limits are those of the server.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import { chance } from '../support/random.js';
import { type Rig, startRig } from '../support/rig.js';
import { type Child, startChild } from './child.js';
import { tinyGguf } from './gguf.js';

const PYTHON = process.env.PYTHON_LLAMA ?? '';
const CONTEXT = 32_768;

/** Its noise ends by itself or at the limit of one reply. */
const SERVE = `
import sys, time, xllamacpp as llama
params = llama.CommonParams()
params.model.path, params.port, params.hostnames = sys.argv[1], int(sys.argv[2]), ['127.0.0.1']
params.n_ctx, params.n_parallel, params.use_jinja, params.warmup = int(sys.argv[3]), 1, True, False
params.sampling.seed = 1
server = llama.Server(params)
while True: time.sleep(3600)
`;

/** Wants turns in alternation, as the templates of many models do. */
const TEMPLATE = `{%- for message in messages -%}
{%- if message.role == 'system' and not loop.first -%}{{ raise_exception('a system message comes first') }}{%- endif -%}
{%- if not loop.first and message.role == 'user' and messages[loop.index0 - 1].role == 'user' -%}
{{ raise_exception('conversation roles must alternate') }}{%- endif -%}
<{{ message.role }}>{{ message.content }}
{%- if message.tool_calls -%}{{ message.tool_calls | tojson }}{%- endif -%}
{%- endfor -%}
{%- if tools -%}{{ tools | tojson }}{%- endif -%}<assistant>`;

const folder = mkdtempSync(join(tmpdir(), 'rookery-llama-'));
let server: Child;
let small: Child;
let rig: Rig;

beforeAll(async () => {
  server = await serve(CONTEXT);
  small = await serve(1_024);
  rig = await startRig();
}, 300_000);

afterAll(async () => {
  await rig?.stop();
  await server?.stop();
  await small?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('every tool of ours becomes a grammar, and the reply is counted', async () => {
  const ended = await run({ endpoint: server.url });
  expect(ended.message).toMatch(/^(Completed|The answer was cut at 256 output tokens)/);
  expect(ended.usage.input_tokens).toBeGreaterThan(1_000);
  expect(ended.usage.output_tokens).toBeGreaterThan(0);
});

test('a window that is smaller than the tools is an overflow, told in the words of the server', async () => {
  const ended = await run({ endpoint: small.url });
  expect(ended.message).toMatch(/exceeds the available context size/);
});

// ---

interface Ended {
  readonly message: string;
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
}

async function run(input: Partial<TaskInput>): Promise<Ended> {
  const limits = { max_output_tokens: 256, max_iterations: 8 };
  const task = await rig.start(() => ({ status: 404 }), { model: 'random', limits, ...input });
  const failure = await task.result().then(
    () => undefined,
    (error: { cause?: Error }) => error.cause?.message ?? String(error),
  );
  const { usage } = (await task.status()).record;
  return { message: failure ?? 'Completed', usage };
}

async function serve(context: number): Promise<Child> {
  const file = join(folder, `random-${context}.gguf`);
  const dice = chance(1);
  writeFileSync(file, tinyGguf({ context, template: TEMPLATE, random: () => dice.below(1_000_000) / 1_000_000 }));
  const args = (port: number): string[] => ['-c', SERVE, file, `${port}`, `${context}`];
  return startChild({ command: PYTHON, args, path: '/health' });
}
