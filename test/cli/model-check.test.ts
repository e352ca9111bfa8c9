/** A model is asked for before a night depends on it: at its first submission, and by `doctor --models`. */
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { DoctorCheck } from '../../src/cli/doctor-check.js';
import type { StatusObject } from '../../src/manager/status-object.js';
import { inOrder } from '../support/book.js';
import { expectStatus } from './schemas.js';
import { type Bench, openClusterBench } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
  const directory = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(directory, { recursive: true });
  writeFileSync(join(directory, 'config.toml'), '[prices."litellm:scripted-1"]\ninput = 2\noutput = 10\n');
});
afterAll(() => bench.close());

const answer = { content: 'Here it is.', usage: { input: 1_000, output: 500 } };

/** A provider that answers only what is given by path; the paths and headers of all requests stay. */
async function provider(answers: Readonly<Record<string, unknown>>, status = 200) {
  const requests: { path: string; headers: Readonly<Record<string, unknown>> }[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '');
    requests.push({ path, headers: request.headers });
    const body = answers[path];
    response.writeHead(body === undefined ? 404 : status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { error: { message: 'no such route' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const models = (...names: string[]) => ({ '/v1/models': { data: names.map((id) => ({ id })) } });
const at = (url: string, model: string) => ['--provider', 'litellm', '--endpoint', url, '--model', model];

describe('the first submission with a model', () => {
  test('that the provider lacks ends with 2, names the nearest, and leaves no task', async () => {
    const { url, requests } = await provider(models('gpt-5', 'gpt-5-mini', 'llama'));
    const ran = await bench.run(['submit', ...at(url, 'gpt-5-mnii'), 'Ask.']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(`litellm at ${url} does not have the model 'gpt-5-mnii'`);
    expect(ran.stderr).toContain('Nearest: gpt-5-mini');
    expect(requests).toHaveLength(1);
    expect((await bench.run(['list'])).stdout).toBe('No tasks.\n');
  });

  test('with a key that is refused ends with 2, and says so without the key', async () => {
    const { url } = await provider({ '/v1/models': { error: { message: 'bad key' } } }, 401);
    const env = { LITELLM_API_KEY: 'sk-parrot-4711' };
    const ran = await bench.run(['run', ...at(url, 'm'), 'Ask.'], { env });
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/refused the key.*bad key/);
    expect(ran.stderr).not.toContain('sk-parrot');
  });

  test('that the provider lists asks once: the next one sends no request', async () => {
    const flags = bench.model(inOrder(answer));
    expect(await bench.run(['run', '--max-cost', '1', ...flags, 'Ask.'])).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('not known'),
    });
    expect(existsSync(bench.paths.models)).toBe(true);
    const [, , , endpoint = ''] = flags;
    const { url, requests } = await provider(models('a', 'b'));
    expect(await bench.run(['submit', ...at(url, 'a'), 'Ask.'])).toMatchObject({ code: 0 });
    expect(await bench.run(['submit', ...at(url, 'a'), 'Ask.'])).toMatchObject({ code: 0 });
    expect(requests.filter(({ path }) => path === '/v1/models')).toHaveLength(1);
    expect(endpoint).toBe(bench.book.url);
  });

  test.each([
    ['answers oddly', { '/v1/models': 'hello' }],
    ['has no list', {}],
    ['has one model, and may not look at the name', models('whatever-is-loaded')],
    ['has a wildcard', models('openai/*', 'other')],
  ])('when the provider %s, goes on and says so', async (_, answers) => {
    const { url } = await provider(answers);
    const ran = await bench.run(['submit', ...at(url, 'gpt-5'), 'Ask.']);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stderr).toContain('Whether the model gpt-5 is there is not known: ');
  });

  test('with --no-check asks nothing', async () => {
    const { url, requests } = await provider(models('x', 'y'));
    const ran = await bench.run(['submit', '--no-check', ...at(url, 'gpt-5'), 'Ask.']);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(requests.filter(({ path }) => path === '/v1/models')).toEqual([]);
  });
});

test('a cost limit with a model of unknown cost is reported, and an unknown cost is none', async () => {
  const flags = bench.model(inOrder(answer));
  const ran = await bench.run(['run', '--max-cost', '$0.50', ...flags, 'Ask.']);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain(`The cost of ${flags.at(-1)} is not known, so --max-cost cannot end this task.`);
  const [task] = (await bench.json<{ tasks: StatusObject[] }>(['list'])).tasks;
  expectStatus(task);
  expect(task?.detail).toMatchObject({ cost: null, usage: { total_tokens: 1_500 } });
  expect((await bench.run(['status', task?.id ?? ''])).stdout).toContain('cost       not known');
});

test('the cost of a task is in the table, in its status, and in the lines of follow', async () => {
  const { tasks } = await bench.json<{ tasks: StatusObject[] }>(['list']);
  const priced = tasks.find(({ model }) => model === 'scripted-1');
  expect(priced?.detail.cost).toEqual({ usd: 0.007, source: 'config', unpriced: 0 });
  const id = priced?.id ?? '';
  expect((await bench.run(['list'])).stdout).toMatch(
    new RegExp(`COST\\n(.*\\n)*${id.slice(0, 8)} .* \\$0\\.0070\\n(.*\\n)*.* today\\n$`),
  );
  expect((await bench.run(['status', id])).stdout).toContain('cost       $0.0070');
  expect((await bench.run(['follow', id])).stderr + (await bench.run(['follow', id])).stdout).toContain(
    '1,500 tokens · $0.0070',
  );
});

test('--max-cost takes an amount of dollars', async () => {
  for (const amount of ['0', '-1', 'two', '1e9999']) {
    const ran = await bench.run(['submit', `--max-cost=${amount}`, '--provider', 'demo', 'Ask.']);
    expect(ran, ran.stderr).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--max-cost takes an amount of US dollars'),
    });
  }
});

describe('doctor --models', () => {
  const checksOf = async (env: NodeJS.ProcessEnv): Promise<DoctorCheck[]> => {
    const ran = await bench.run(['doctor', '--models', '--json'], { env });
    return (JSON.parse(ran.stdout) as { checks: DoctorCheck[] }).checks.filter(({ name }) => name === 'model');
  };

  test('says that the model is there', async () => {
    const { url } = await provider(models('gpt-5', 'gpt-5-mini'));
    const env = { ROOKERY_PROVIDER: 'litellm', ROOKERY_ENDPOINT: url, ROOKERY_MODEL: 'gpt-5' };
    expect(await checksOf(env)).toEqual([
      { name: 'model', ok: true, message: `litellm at ${url} answers, accepts the key and lists gpt-5` },
    ]);
  });

  test('names the nearest of one that is not, and fails', async () => {
    const { url } = await provider(models('gpt-5', 'gpt-5-mini'));
    const env = { ROOKERY_PROVIDER: 'litellm', ROOKERY_ENDPOINT: url, ROOKERY_MODEL: 'gpt5' };
    expect(await checksOf(env)).toEqual([
      { name: 'model', ok: false, message: `litellm at ${url} does not list gpt5`, fix: 'Nearest: gpt-5' },
    ]);
  });

  test('speaks to Anthropic in its own way, its key in its own header', async () => {
    const { url, requests } = await provider(models('claude-sonnet-4-5-20250929', 'claude-opus-5'));
    const env = { ANTHROPIC_API_KEY: 'sk-ant-parrot', ANTHROPIC_BASE_URL: url, ROOKERY_MODEL: 'claude-sonnet-4-5' };
    expect(await checksOf(env)).toMatchObject([{ ok: true }]);
    expect(requests).toMatchObject([{ headers: { 'x-api-key': 'sk-ant-parrot', 'anthropic-version': '2023-06-01' } }]);
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
  });

  const ollama = (window: number) => ({
    '/api/tags': { models: [{ name: 'qwen3:latest' }, { name: 'llama3.1:8b' }] },
    '/api/show': {
      capabilities: ['completion', 'tools'],
      model_info: { 'qwen3.context_length': 40_960 },
      parameters: `num_ctx ${window}`,
    },
  });

  test('says what Ollama gives a model: context and tools', async () => {
    const { url } = await provider(ollama(32_768));
    const env = { ROOKERY_PROVIDER: 'ollama', ROOKERY_MODEL: 'qwen3', OLLAMA_HOST: url };
    expect(await checksOf(env)).toMatchObject([
      { ok: true, message: expect.stringContaining('lists qwen3 (32768 tokens of context; takes tools)') },
    ]);
  });

  test('warns when the window is smaller than the tools, and so does a submission', async () => {
    const { url } = await provider(ollama(2_048));
    const env = { ROOKERY_PROVIDER: 'ollama', ROOKERY_MODEL: 'qwen3', OLLAMA_HOST: url };
    expect(await checksOf(env)).toMatchObject([
      {
        ok: false,
        message: expect.stringMatching(/^The model is given 2048 tokens, and the tools alone take about \d+/),
        fix: expect.stringContaining('OLLAMA_CONTEXT_LENGTH'),
      },
    ]);
    const ran = await bench.run(['submit', 'Ask.'], { env });
    expect(ran, ran.stderr).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('The model is given 2048 tokens'),
    });
  });

  test('a provider that does not answer fails its check', async () => {
    const env = { ROOKERY_PROVIDER: 'litellm', ROOKERY_ENDPOINT: 'http://127.0.0.1:9', ROOKERY_MODEL: 'm' };
    expect(await checksOf(env)).toMatchObject([
      { ok: false, message: expect.stringContaining('litellm at http://127.0.0.1:9 cannot be reached') },
    ]);
  });
});
