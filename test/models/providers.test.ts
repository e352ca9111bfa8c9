/** Each provider by its own API: where a request goes, which header carries the key, what it asks for, what is counted. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import { PROVIDER_NAMES, type Provider } from '../../src/domain/provider.js';
import { createModels, type ModelSettings } from '../../src/models/create-models.js';
import type { Fetch } from '../../src/models/exchange.js';
import type { ModelRequest, Reply } from '../../src/models/model.js';
import {
  ANTHROPIC_DONE,
  CHAT_DONE,
  DEEPSEEK_DONE,
  GOOGLE_DONE,
  MISTRAL_DONE,
  RESPONSE_DONE,
  responseEvents,
} from '../support/provider-answers.js';
import { type RawServer, rawServer } from '../support/raw-model.js';
import { errorOf, KEY, modelAt, OPENING, question } from './support.js';

/** Requests to the real host of a provider go to the server. */
function at(server: RawServer): Fetch {
  return (url, init) => {
    const { pathname, search } = new URL(String(url));
    return fetch(server.url + pathname + search, init);
  };
}

/** The model of a provider at its own host, which the server stands for. */
function atHome(server: RawServer, provider: Provider, settings: Partial<ModelSettings> = {}) {
  const models = createModels({ keys: { [provider]: KEY }, endpoints: {}, fetch: at(server), ...settings });
  return models.open([{ provider, model: 'm' }], { trustedEndpoint: false });
}

const VARIABLES = {
  AZURE_RESOURCE_NAME: 'company',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-of-aws-0123456789',
};

test.each([
  ['openai', '/v1/responses', 'authorization', `Bearer ${KEY}`, RESPONSE_DONE],
  ['anthropic', '/v1/messages', 'x-api-key', KEY, ANTHROPIC_DONE],
  ['openrouter', '/api/v1/chat/completions', 'authorization', `Bearer ${KEY}`, CHAT_DONE],
  ['google', '/v1beta/models/m:streamGenerateContent?alt=sse', 'x-goog-api-key', KEY, GOOGLE_DONE],
  ['azure', '/openai/v1/responses', 'api-key', KEY, RESPONSE_DONE],
  ['mistral', '/v1/chat/completions', 'authorization', `Bearer ${KEY}`, MISTRAL_DONE],
  ['groq', '/openai/v1/chat/completions', 'authorization', `Bearer ${KEY}`, CHAT_DONE],
  ['xai', '/v1/responses', 'authorization', `Bearer ${KEY}`, RESPONSE_DONE],
  ['deepseek', '/chat/completions', 'authorization', `Bearer ${KEY}`, CHAT_DONE],
  ['together', '/v1/chat/completions', 'authorization', `Bearer ${KEY}`, CHAT_DONE],
] as const)('%s is asked at %s with the key in %s', async (provider, path, header, value, answer) => {
  const server = await rawServer([answer]);
  const reply = await atHome(server, provider, { variables: VARIABLES }).ask(question());
  expect(reply).toMatchObject({ content: 'done', calls: [], finish: 'stop', provider, model: 'm' });
  expect(server.paths).toEqual([path]);
  expect(server.headers[0]?.[header]).toBe(value);
  const others = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'].filter((name) => name !== header);
  for (const name of others) expect(server.headers[0]).not.toHaveProperty(name);
});

test('Bedrock is asked with a request that its package has signed', async () => {
  const server = await rawServer(['{"message":"The provided model identifier is invalid."}'], 400);
  const error = await errorOf(atHome(server, 'bedrock', { variables: VARIABLES }).ask(question()));
  expect(error).toMatchObject({ code: 'bad_request', message: expect.stringContaining('model identifier is invalid') });
  expect(server.paths).toEqual(['/model/m/converse-stream']);
  expect(server.headers[0]?.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d+\/eu-west-1\/bedrock\//,
  );
});

test('a cloud without its address or its credentials cannot be opened, and the error names the variables', () => {
  const open = (provider: Provider, variables: Record<string, string>) => () =>
    createModels({ keys: {}, endpoints: {}, variables }).open([{ provider, model: 'm' }], { trustedEndpoint: false });
  expect(open('bedrock', {})).toThrow(
    expect.objectContaining({ code: 'missing_key', message: expect.stringContaining('AWS_REGION') }),
  );
  expect(open('bedrock', { AWS_REGION: 'eu-west-1' })).toThrow(
    expect.objectContaining({ message: expect.stringContaining('AWS_ACCESS_KEY_ID') }),
  );
  expect(open('azure', { AZURE_RESOURCE_NAME: 'evil.example/' })).toThrow(
    expect.objectContaining({ code: 'missing_key' }),
  );
});

test('credentials of a cloud sign no request to an endpoint that a task names', () => {
  const models = createModels({ keys: {}, endpoints: {}, variables: VARIABLES });
  const choice = { provider: 'bedrock', model: 'm', endpoint: 'https://collector.example' } as const;
  expect(() => models.open([choice], { trustedEndpoint: false })).toThrow(
    expect.objectContaining({ code: 'missing_key' }),
  );
});

test('a provider with a package that is not installed says which one to install', async () => {
  const { loadProviderPackage } = await import('../../src/models/language-model.js');
  const missing = loadProviderPackage('google', () => import('@ai-sdk/no-such-package' as string));
  expect(await errorOf(missing)).toMatchObject({
    code: 'environment',
    hint: expect.stringContaining('npm i @ai-sdk/google'),
  });
});

test('OpenAI stores nothing, and gets its reasoning back encrypted', async () => {
  const reasoning = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'b3BhcXVl' };
  const call = {
    id: 'fc_1',
    type: 'function_call',
    call_id: 'call_own',
    name: 'read_file',
    arguments: '{"path":"a"}',
    status: 'completed',
  };
  const server = await rawServer([responseEvents(reasoning, call), RESPONSE_DONE]);
  const models = createModels({ keys: { openai: KEY }, endpoints: {}, fetch: at(server) });
  const model = models.open([{ provider: 'openai', model: 'gpt-5.4-mini' }], { trustedEndpoint: false });
  const reply = JSON.parse(JSON.stringify(await model.ask(question({ cacheKey: 'task-1' })))) as Reply;
  const calls = reply.calls.map((one) => ({ ...one, id: 'our-id' }));
  const said: Message = {
    role: 'assistant',
    content: reply.content,
    calls,
    ...(reply.origin ? { origin: reply.origin } : {}),
  };
  const result: Message = { role: 'tool', call: 'our-id', outcome: 'ok', content: 'hello' };
  await model.ask(question({ messages: [...OPENING, said, result], cacheKey: 'task-1' }));
  for (const body of server.bodies) {
    expect(body).toMatchObject({ store: false, prompt_cache_key: 'task-1', include: ['reasoning.encrypted_content'] });
  }
  const input = server.bodies[1]?.input as Record<string, unknown>[];
  expect(input.slice(-3)).toMatchObject([
    { type: 'reasoning', encrypted_content: 'b3BhcXVl' },
    { type: 'function_call', call_id: 'call_own', name: 'read_file', arguments: '{"path":"a"}' },
    { type: 'function_call_output', call_id: 'call_own', output: 'hello' },
  ]);
});

test('Gemini gets the thought signature of its call back', async () => {
  const part = { functionCall: { name: 'read_file', args: { path: 'a' } }, thoughtSignature: 'c2ln' };
  const first = `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 } })}\n\n`;
  const server = await rawServer([first, GOOGLE_DONE]);
  const model = atHome(server, 'google');
  const reply = JSON.parse(JSON.stringify(await model.ask(question()))) as Reply;
  const calls = reply.calls.map((one) => ({ ...one, id: 'our-id' }));
  const said: Message = {
    role: 'assistant',
    content: reply.content,
    calls,
    ...(reply.origin ? { origin: reply.origin } : {}),
  };
  await model.ask(
    question({ messages: [...OPENING, said, { role: 'tool', call: 'our-id', outcome: 'ok', content: 'hello' }] }),
  );
  expect(JSON.stringify(server.bodies[1]?.contents)).toContain('"thoughtSignature":"c2ln"');
});

describe('counts', () => {
  const PARTS = { cached_input_tokens: 80 };
  test.each([
    [
      'openai',
      RESPONSE_DONE,
      { input_tokens: 100, output_tokens: 5, total_tokens: 105, ...PARTS, reasoning_tokens: 3 },
    ],
    [
      'anthropic',
      ANTHROPIC_DONE,
      { input_tokens: 100, output_tokens: 5, total_tokens: 105, ...PARTS, cache_write_tokens: 10 },
    ],
    ['google', GOOGLE_DONE, { input_tokens: 100, output_tokens: 8, total_tokens: 108, ...PARTS, reasoning_tokens: 3 }],
    [
      'openrouter',
      CHAT_DONE,
      { input_tokens: 100, output_tokens: 5, total_tokens: 105, ...PARTS, reasoning_tokens: 3 },
    ],
    [
      'deepseek',
      DEEPSEEK_DONE,
      { input_tokens: 100, output_tokens: 5, total_tokens: 105, ...PARTS, reasoning_tokens: 3 },
    ],
  ] as const)('%s: cached, written and reasoning tokens apart, within the totals', async (provider, answer, usage) => {
    const server = await rawServer([answer]);
    const { cost: _, ...counts } = (await atHome(server, provider).ask(question())).usage;
    expect(counts).toEqual(usage);
  });

  test('OpenRouter says what a reply cost', async () => {
    const priced = CHAT_DONE.replace('"total_tokens":105', '"total_tokens":105,"cost":0.00042');
    const server = await rawServer([priced]);
    expect(await atHome(server, 'openrouter').ask(question())).toMatchObject({
      usage: { cost: { usd: 0.00042, source: 'provider', unpriced: 0 } },
    });
  });
});

describe('the effort', () => {
  const asked = async (provider: Provider, model: string, answer: string, parts: Partial<ModelRequest>) => {
    const server = await rawServer([answer]);
    const models = createModels({ keys: { [provider]: KEY }, endpoints: {}, fetch: at(server) });
    await models.open([{ provider, model }], { trustedEndpoint: false }).ask(question(parts));
    return { body: server.bodies[0] ?? {}, headers: server.headers[0] ?? {} };
  };

  test.each([
    ['openai', 'gpt-5.4-mini', RESPONSE_DONE, { reasoning: { effort: 'high' } }],
    ['litellm', 'm', CHAT_DONE, { reasoning_effort: 'high' }],
    ['openrouter', 'm', CHAT_DONE, { reasoning: { effort: 'high' } }],
    [
      'anthropic',
      'claude-sonnet-5-5',
      ANTHROPIC_DONE,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    [
      'anthropic',
      'claude-sonnet-4-5',
      ANTHROPIC_DONE,
      { thinking: { type: 'enabled', budget_tokens: expect.any(Number) } },
    ],
    ['google', 'gemini-3.8-flash', GOOGLE_DONE, { generationConfig: { thinkingConfig: { thinkingLevel: 'high' } } }],
  ] as const)('of a task reaches %s (%s)', async (provider, model, answer, expected) => {
    expect((await asked(provider, model, answer, { effort: 'high' })).body).toMatchObject(expected);
    expect(JSON.stringify((await asked(provider, model, answer, {})).body)).not.toMatch(/effort|thinking|reasoning"/);
  });

  test.each([
    ['anthropic', 'claude-sonnet-4-5', ANTHROPIC_DONE, { thinking: { type: 'enabled', budget_tokens: 8_000 } }],
    ['google', 'gemini-2.5-pro', GOOGLE_DONE, { generationConfig: { thinkingConfig: { thinkingBudget: 8_000 } } }],
    ['openrouter', 'm', CHAT_DONE, { reasoning: { max_tokens: 8_000 } }],
    ['openai', 'gpt-5.4-mini', RESPONSE_DONE, { reasoning: { effort: 'medium' } }],
    ['litellm', 'm', CHAT_DONE, { reasoning_effort: 'medium' }],
  ] as const)(
    'may be a budget of tokens: %s (%s) gets it as its API has it',
    async (provider, model, answer, expected) => {
      expect((await asked(provider, model, answer, { effort: 8_000 })).body).toMatchObject(expected);
    },
  );

  test('lets Anthropic think between calls', async () => {
    const { headers } = await asked('anthropic', 'claude-sonnet-4-5', ANTHROPIC_DONE, { effort: 'low' });
    expect(headers['anthropic-beta']).toContain('interleaved-thinking-2025-05-14');
  });

  test('is left out while calls are answered that were made without thinking, which Anthropic would refuse', async () => {
    const messages: Message[] = [
      ...OPENING,
      { role: 'assistant', content: '', calls: [{ id: 'a', wire_id: 'x', name: 'read_file', args: {} }] },
      { role: 'tool', call: 'a', outcome: 'ok', content: 'hello' },
    ];
    const { body } = await asked('anthropic', 'claude-sonnet-4-5', ANTHROPIC_DONE, { effort: 'low', messages });
    expect(body).not.toHaveProperty('thinking');
  });
});

test('a provider of OpenAI’s protocol at another endpoint is asked for chat completions', async () => {
  const server = await rawServer([CHAT_DONE]);
  await modelAt(server, 'openai').ask(question());
  expect(server.paths).toEqual(['/v1/chat/completions']);
});

test('an API version that the endpoint names goes with each request', async () => {
  const server = await rawServer([CHAT_DONE]);
  const endpoint = `${server.url}/openai/deployments/d/chat/completions?api-version=2026-10-21`;
  const models = createModels({ keys: {}, endpoints: { litellm: endpoint } });
  await models.open([{ provider: 'litellm', model: 'm' }], { trustedEndpoint: false }).ask(question());
  expect(server.paths).toEqual(['/openai/deployments/d/chat/completions?api-version=2026-10-21']);
});

test('each provider has a row, and its adapter opens', () => {
  const models = createModels({
    keys: Object.fromEntries(PROVIDER_NAMES.map((name) => [name, KEY])),
    endpoints: {},
    variables: { ...VARIABLES, GOOGLE_VERTEX_PROJECT: 'p', GOOGLE_VERTEX_LOCATION: 'europe-west1' },
  });
  expect(models.available()).toEqual(PROVIDER_NAMES);
});
