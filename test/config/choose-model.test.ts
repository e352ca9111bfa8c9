/** Which provider and model a new task gets: what was named, else the only one with a key, else Ollama, else the demo. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseModel } from '../../src/config/choose-model.js';
import { type Flags, resolveSettings } from '../../src/config/settings.js';

const NO_OLLAMA = { OLLAMA_HOST: 'http://127.0.0.1:9' };
const ollama = createServer((_, response) => response.end('{"version":"0.9.0"}'));
let ollamaUrl: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => ollama.listen(0, '127.0.0.1', resolve));
  ollamaUrl = `http://127.0.0.1:${(ollama.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => ollama.close(resolve)));

const choose = async (flags: Flags, env: NodeJS.ProcessEnv) =>
  chooseModel((await resolveSettings(flags, env, tmpdir())).settings, env);

test.each<[string, Flags, NodeJS.ProcessEnv, object]>([
  ['no key, no Ollama', {}, NO_OLLAMA, { provider: 'demo', model: 'demo' }],
  ['one key', {}, { ...NO_OLLAMA, ANTHROPIC_API_KEY: 'k' }, { provider: 'anthropic' }],
  ['one key and a model', { model: 'o9' }, { ...NO_OLLAMA, OPENAI_API_KEY: 'k' }, { provider: 'openai', model: 'o9' }],
  ['an empty key', {}, { ...NO_OLLAMA, OPENAI_API_KEY: '' }, { provider: 'demo' }],
  [
    'two keys and a named one',
    { provider: 'openai' },
    { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' },
    { provider: 'openai' },
  ],
  [
    'a named one elsewhere, with the common key',
    { provider: 'openrouter', endpoint: 'http://127.0.0.1:4000' },
    { ROOKERY_API_KEY: 'k' },
    { provider: 'openrouter', endpoint: 'http://127.0.0.1:4000' },
  ],
  ['litellm without any key', { provider: 'litellm' }, {}, { provider: 'litellm' }],
  [
    'an endpoint alone',
    { endpoint: 'http://127.0.0.1:4000' },
    NO_OLLAMA,
    { provider: 'litellm', endpoint: 'http://127.0.0.1:4000', endpoint_origin: 'user' },
  ],
  [
    "the vendor's own variable for its endpoint",
    {},
    { ...NO_OLLAMA, OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:4000' },
    { provider: 'openai', endpoint: 'http://127.0.0.1:4000', endpoint_origin: 'user' },
  ],
])('%s', async (_, flags, env, expected) => {
  expect(await choose(flags, env)).toMatchObject(expected);
});

test('a local Ollama that answers goes before the demo, and a key before it', async () => {
  expect(await choose({}, { OLLAMA_HOST: ollamaUrl })).toMatchObject({ provider: 'ollama' });
  expect(await choose({}, { OLLAMA_HOST: ollamaUrl.replace('http://', '') })).toMatchObject({ provider: 'ollama' });
  expect(await choose({}, { OLLAMA_HOST: ollamaUrl, OPENAI_API_KEY: 'k' })).toMatchObject({ provider: 'openai' });
});

test('several keys and none named, or a named one without its key, is refused with what to do', async () => {
  await expect(choose({}, { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' })).rejects.toMatchObject({
    code: 'usage',
    message: 'There are keys for openai and anthropic, so the provider is not clear',
    hint: expect.stringContaining('--provider'),
  });
  await expect(choose({ provider: 'openai' }, { ANTHROPIC_API_KEY: 'k' })).rejects.toMatchObject({
    code: 'missing_key',
    message: 'There is no key for openai: OPENAI_API_KEY is not set',
  });
  // The common key goes to endpoints that the user named, never to a provider's own hosts.
  await expect(choose({ provider: 'openai' }, { ROOKERY_API_KEY: 'k' })).rejects.toMatchObject({ code: 'missing_key' });
});
