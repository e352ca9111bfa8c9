/** A key is bound to the hosts of its provider. What counts is the header that the server sees. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Provider } from '../../src/domain/provider.js';
import { addressOf } from '../../src/models/connection.js';
import { createModels, type ModelSettings } from '../../src/models/create-models.js';
import { errorOf, question, serve } from './support.js';

afterEach(() => void vi.unstubAllEnvs());

const KEYS = { openai: 'key-openai', anthropic: 'key-anthropic', litellm: 'key-litellm' };

async function headersSeen(
  provider: Provider,
  { endpoint, trusted, ...settings }: Partial<ModelSettings> & { endpoint?: boolean; trusted?: boolean },
) {
  const server = await serve({ content: 'ok' });
  const endpoints = endpoint ? {} : { [provider]: server.url };
  const models = createModels({ keys: KEYS, endpoints, ...settings });
  const choice = { provider, model: 'm', ...(endpoint && { endpoint: server.url }) };
  await models.open([choice], { trustedEndpoint: trusted ?? false }).ask(question());
  const { authorization, 'x-api-key': apiKey } = server.requests[0]?.headers ?? {};
  return authorization ?? apiKey;
}

describe('the endpoint of the worker’s own configuration', () => {
  test('gets the provider’s key', async () => {
    expect(await headersSeen('openai', {})).toBe('Bearer key-openai');
    expect(await headersSeen('anthropic', {})).toBe('key-anthropic');
  });

  test('gets ROOKERY_API_KEY before it', async () => {
    expect(await headersSeen('openai', { overrideKey: 'key-own' })).toBe('Bearer key-own');
  });
});

describe('an endpoint that a task names', () => {
  test.each(['openai', 'anthropic', 'litellm', 'ollama'] as const)('gets no key of %s', async (provider) => {
    vi.stubEnv('OPENAI_API_KEY', 'from-environment');
    vi.stubEnv('ANTHROPIC_API_KEY', 'from-environment');
    expect(await headersSeen(provider, { endpoint: true, overrideKey: 'key-own' })).toBeUndefined();
  });

  test('gets the provider’s key when it is trusted', async () => {
    expect(await headersSeen('openai', { endpoint: true, trusted: true })).toBe('Bearer key-openai');
    expect(await headersSeen('anthropic', { endpoint: true, trusted: true })).toBe('key-anthropic');
  });

  test('gets ROOKERY_API_KEY when it is trusted', async () => {
    const settings = { endpoint: true, trusted: true, overrideKey: 'key-own', keys: {} };
    expect(await headersSeen('openai', settings)).toBe('Bearer key-own');
  });

  test('is the provider’s own when only its path differs', async () => {
    const server = await serve({ content: 'ok' });
    const models = createModels({ keys: KEYS, endpoints: { openai: server.url } });
    const choice = { provider: 'openai', model: 'm', endpoint: `${server.url}/proxy/` } as const;
    await models.open([choice], { trustedEndpoint: false }).ask(question());
    expect(server.requests[0]).toMatchObject({
      path: '/proxy/v1/chat/completions',
      headers: { authorization: 'Bearer key-openai' },
    });
  });
});

test('the library takes neither address nor key from the environment', async () => {
  vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:1');
  vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:1');
  vi.stubEnv('OPENAI_API_KEY', 'from-environment');
  expect(await headersSeen('openai', {})).toBe('Bearer key-openai');
  expect(await headersSeen('anthropic', {})).toBe('key-anthropic');
});

test('a redirect to another host is not followed', async () => {
  const thief = await serve({ content: 'ok' });
  const server = await serve({ status: 307, headers: { location: `${thief.url}/v1/messages` } });
  const models = createModels({ keys: KEYS, endpoints: { anthropic: server.url } });
  const model = models.open([{ provider: 'anthropic', model: 'm' }], { trustedEndpoint: false });
  expect(await errorOf(model.ask(question()))).toMatchObject({ code: 'unavailable' });
  expect(thief.requests).toHaveLength(0);
});

describe('without any key', () => {
  const models = createModels({ keys: {}, endpoints: {}, overrideKey: 'key-own' });

  test.each([
    ['openai', 'OPENAI_API_KEY'],
    ['anthropic', 'ANTHROPIC_API_KEY'],
    ['openrouter', 'OPENROUTER_API_KEY'],
  ] as const)('%s cannot be opened, and the error names %s', (provider, variable) => {
    const open = () => models.open([{ provider, model: 'm' }], { trustedEndpoint: true });
    expect(open).toThrow(expect.objectContaining({ code: 'missing_key', message: expect.stringContaining(variable) }));
  });

  test('ollama, litellm and demo are available', () => {
    expect(models.available()).toEqual(['ollama', 'litellm', 'demo']);
  });

  test('a litellm endpoint is asked without credentials', async () => {
    expect(await headersSeen('litellm', { keys: {} })).toBeUndefined();
  });
});

test('providers with a key are available', () => {
  const models = createModels({ keys: { openai: 'k', anthropic: '' }, endpoints: {} });
  expect(models.available()).toEqual(['openai', 'ollama', 'litellm', 'demo']);
});

test('a provider with an endpoint that is none is not available', () => {
  expect(createModels({ keys: {}, endpoints: { ollama: 'ftp://h' } }).available()).toEqual(['litellm', 'demo']);
});

test('blanks around a key are dropped, and a key that no header can carry is refused unseen', async () => {
  expect(await headersSeen('openai', { keys: { openai: ' key-openai\n' } })).toBe('Bearer key-openai');
  const broken = headersSeen('openai', { keys: { openai: 'sk-a\nsk-b' } });
  expect(await errorOf(broken)).toMatchObject({ code: 'missing_key', message: expect.not.stringContaining('sk-') });
});

describe('addressOf', () => {
  test.each([
    ['openai', undefined, 'https://api.openai.com/v1'],
    ['litellm', 'http://h:4000', 'http://h:4000/v1'],
    ['litellm', ' http://h:4000/v1/ ', 'http://h:4000/v1'],
    ['litellm', 'https://h/api/paas/v4', 'https://h/api/paas/v4'],
    ['litellm', 'https://h/v1beta/openai/', 'https://h/v1beta/openai'],
    ['anthropic', 'https://h', 'https://h/v1'],
    ['openrouter', 'https://openrouter.ai', 'https://openrouter.ai/api/v1'],
    ['ollama', undefined, 'http://127.0.0.1:11434/v1'],
    ['ollama', 'gpu:9999', 'http://gpu:9999/v1'],
    ['ollama', 'gpu', 'http://gpu:11434/v1'],
    ['ollama', '0.0.0.0', 'http://127.0.0.1:11434/v1'],
    ['ollama', 'http://0.0.0.0:8080', 'http://127.0.0.1:8080/v1'],
    ['ollama', 'https://ollama.example.com', 'https://ollama.example.com/v1'],
  ] as const)('%s at %s is %s', (provider, endpoint, expected) => {
    expect(addressOf(provider, endpoint).baseUrl).toBe(expected);
  });

  test.each(['nonsense', 'ftp://h', 'file:///etc', 'http://user:secret@h', 'http://h?key=secret'])(
    '%s is refused without being repeated',
    (endpoint) => {
      const refused = expect.objectContaining({ code: 'usage', message: expect.not.stringContaining('secret') });
      expect(() => addressOf('litellm', endpoint)).toThrow(refused);
    },
  );
});
