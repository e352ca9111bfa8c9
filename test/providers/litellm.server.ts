/**
 * Tasks through LiteLLM's real proxy. Behind it is the strict server: what the proxy makes of our requests, and gives back to
 * us, is held against the rules of each provider.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';
import { type StrictServer, startStrictServer } from '../support/strict/server.js';
import { reader } from '../support/strict/stage.js';
import { type Child, startChild } from './child.js';

const PYTHON = process.env.PYTHON_LITELLM ?? '';

/** The name at the proxy, LiteLLM's name for the model behind it, its base URL there, and its effort. */
const MODELS: readonly [name: string, model: string, path: string, effort?: 'low'][] = [
  ['openai', 'openai/gpt-4.1-mini', '/openai/v1'],
  ['deepseek', 'deepseek/deepseek-v4-flash', '/deepseek/v1'],
  ['anthropic', 'anthropic/claude-sonnet-4-5', '/anthropic'],
  ['anthropic-thinking', 'anthropic/claude-opus-4-5', '/anthropic', 'low'],
  ['mistral', 'mistral/mistral-large-latest', '/mistral/v1'],
  ['vllm', 'hosted_vllm/qwen3', '/vllm/v1'],
];

const folder = mkdtempSync(join(tmpdir(), 'rookery-litellm-'));
let strict: StrictServer;
let proxy: Child;
let rig: Rig;

beforeAll(async () => {
  strict = await startStrictServer({ ours: false });
  const model_list = MODELS.map(([model_name, model, path]) => ({
    model_name,
    litellm_params: { model, api_base: strict.url + path, api_key: 'sk-strict-0123456789' },
  }));
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ model_list, litellm_settings: { num_retries: 0 } }));
  proxy = await startChild({
    command: join(dirname(PYTHON), 'litellm'),
    args: (port) => ['--config', config, '--host', '127.0.0.1', '--port', `${port}`, '--telemetry', 'False'],
    env: { LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: 'true', LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
    path: '/health/liveliness',
  });
  rig = await startRig();
  for (let i = 0; i < 10; i++) writeFileSync(join(rig.workspace, `${i}.txt`), `note ${i}\n`);
}, 300_000);

afterAll(async () => {
  await rig?.stop();
  await proxy?.stop();
  await strict?.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each(MODELS)('%s', async (name, model, _, effort) => {
  const upstream = model.split('/').slice(1).join('/');
  strict.add(upstream, { ...reader(5), callsFor: (n) => [{ name: 'read_file', args: { path: `${n}.txt` } }] });
  const input = { provider: 'litellm', model: name, endpoint: proxy.url, ...(effort && { effort }) };
  const task = await rig.start(() => ({ status: 404 }), input);
  const result = await task.result().catch((error: { cause?: Error }) => error.cause?.message);
  expect(strict.refusalsOf(upstream)).toEqual([]);
  expect(result).toMatchObject({ status: 'Completed', result: 'All notes are read.', iterations: 6 });
  expect(strict.requestsOf(upstream)).toHaveLength(6);
});
