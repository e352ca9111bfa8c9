/** What a provider says about a model: found by its name, or not; and a key goes only where a conversation could take it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Provider } from '../../src/domain/provider.js';
import { type LookupSettings, lookUpModel } from '../../src/models/listing/list-models.js';
import { isListed, nearestNames } from '../../src/models/listing/model-names.js';
import { KEY } from './support.js';

/** How long the product waits for a list in the test of a server that never answers. */
const PRODUCT_LIMIT_MS = 50;

type Remote = Exclude<Provider, 'demo'>;
type Answer = { readonly status?: number; readonly body?: unknown } | 'hang';

async function asked(provider: Remote, answer: (path: string) => Answer, settings: Partial<LookupSettings> = {}) {
  const requests: { path: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    const said = answer(request.url ?? '');
    if (said === 'hang') return;
    response.writeHead(said.status ?? 200).end(JSON.stringify(said.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ring = { keys: { [provider]: KEY }, endpoints: { [provider]: url } };
  const lookup = await lookUpModel({ provider, model: 'm' }, { ...ring, fetch, trustedEndpoint: false, ...settings });
  return { lookup, requests, url };
}

const list = (...names: string[]): Answer => ({ body: { data: names.map((id) => ({ id })) } });

test.each([
  ['its name', 'gpt-5', ['gpt-5'], true],
  ['another case', 'Qwen3', ['qwen3:latest'], true],
  ['the default tag', 'llama3.1', ['llama3.1:latest'], true],
  ['the default tag, asked for', 'llama3.1:latest', ['llama3.1'], true],
  ['a dated snapshot', 'claude-sonnet-4-5', ['claude-sonnet-4-5-20250929'], true],
  ['the latest of dated snapshots', 'claude-3-5-haiku-latest', ['claude-3-5-haiku-20241022'], true],
  ['a variant of a router', 'openai/gpt-5:floor', ['openai/gpt-5'], true],
  ['a longer name', 'gpt-5', ['gpt-5-mini', 'gpt-50'], false],
  ['a shorter name', 'gpt-5-mini', ['gpt-5'], false],
  ['another tag', 'llama3.1:70b', ['llama3.1:8b'], false],
])('a list has a model by %s', (_, model, names, has) => {
  expect(isListed(model, names)).toBe(has);
});

test.each([
  ['gpt-5-mnii', ['gpt-5', 'gpt-5-mini', 'llama3'], ['gpt-5-mini']],
  ['claude-opus-5', ['anthropic/claude-opus-5', 'x'], ['anthropic/claude-opus-5']],
  ['something', ['gpt-5', 'llama3'], []],
  ['a', ['abc', 'ab', 'aa', 'ac'], ['ab', 'aa', 'ac']],
])('the nearest names of %s in %j are %j', (model, names, nearest) => {
  expect(nearestNames(model, names)).toEqual(nearest);
});

describe('a provider', () => {
  test.each([
    ['of OpenAI’s kind', 'openai', list('m'), '/v1/models'],
    ['that gives a bare list', 'together', { body: [{ id: 'm' }] }, '/v1/models'],
    ['of Anthropic’s', 'anthropic', list('m'), '/v1/models?limit=1000'],
    ['of Google’s', 'google', { body: { models: [{ name: 'models/m' }] } }, '/v1beta/models?pageSize=1000'],
  ] as const)('%s lists a model', async (_, provider, answer, path) => {
    const { lookup, requests, url } = await asked(provider, () => answer as Answer);
    expect(lookup).toEqual({ kind: 'listed', who: `${provider} at ${url}`, facts: {} });
    expect(requests.map((request) => request.path)).toEqual([path]);
  });

  test('without the model is certain when it says all it has, and more than one', async () => {
    expect((await asked('litellm', () => list('a', 'b'))).lookup).toMatchObject({ kind: 'missing', certain: true });
    expect((await asked('litellm', () => list('a'))).lookup).toMatchObject({ kind: 'missing', certain: false });
    expect((await asked('litellm', () => list('a', '*'))).lookup).toMatchObject({ kind: 'missing', certain: false });
    const partial = { body: { data: [{ id: 'a' }, { id: 'b' }], has_more: true } };
    expect((await asked('anthropic', () => partial)).lookup).toMatchObject({ kind: 'missing', certain: false });
  });

  test.each([
    ['an unknown key', 401, 'Incorrect API key', 'refused'],
    ['a key that may not list', 403, 'You have insufficient permissions', 'unclear'],
    ['a key without that scope', 401, 'Missing scopes: api.model.read', 'unclear'],
    ['an outage', 503, 'overloaded', 'unclear'],
    ['no such route', 404, 'not found', 'unclear'],
  ])('with %s', async (_, status, message, kind) => {
    const { lookup } = await asked('litellm', () => ({ status, body: { error: { message } } }));
    expect(lookup.kind).toBe(kind);
    expect(lookup).toMatchObject({ reason: expect.stringContaining(message) });
    expect(JSON.stringify(lookup)).not.toContain(KEY);
  });

  test('that never answers is given up', async () => {
    const { lookup, url } = await asked('litellm', () => 'hang', { timeoutMs: PRODUCT_LIMIT_MS });
    expect(lookup).toMatchObject({
      kind: 'unclear',
      reason: `litellm at ${url} did not answer within ${PRODUCT_LIMIT_MS / 1_000} s`,
    });
  });

  test('with an open list is asked about the key', async () => {
    const refusing = (path: string): Answer =>
      path.endsWith('/key') ? { status: 401, body: { error: 'no user' } } : list('m');
    expect((await asked('openrouter', refusing)).lookup.kind).toBe('refused');
    const silent = (path: string): Answer => (path.endsWith('/key') ? { status: 404 } : list('m'));
    expect((await asked('openrouter', silent)).lookup.kind).toBe('listed');
  });

  test('whose models depend on contract and region is not asked', async () => {
    const { lookup, requests } = await asked('azure', () => list('m'));
    expect(lookup.kind).toBe('unlisted');
    expect(requests).toEqual([]);
  });
});

describe('Ollama', () => {
  const shown = { capabilities: ['completion'], model_info: { 'qwen3.context_length': 40_960 } };
  const answers =
    (more: Record<string, unknown>) =>
    (path: string): Answer =>
      path in more ? { body: more[path] } : { status: 404 };

  test('says context and tools; what a loaded model was given counts', async () => {
    const tags = { models: [{ name: 'm:latest' }] };
    const own = { ...shown, parameters: 'stop x\nnum_ctx 8192' };
    const { lookup } = await asked('ollama', answers({ '/api/tags': tags, '/api/show': own }));
    expect(lookup).toMatchObject({ kind: 'listed', facts: { window: 8_192, largestWindow: 40_960, tools: false } });
    const loaded = {
      '/api/tags': tags,
      '/api/show': own,
      '/api/ps': { models: [{ name: 'm:latest', context_length: 4_096 }] },
    };
    expect((await asked('ollama', answers(loaded))).lookup).toMatchObject({ facts: { window: 4_096 } });
  });

  test('that says little has the model all the same', async () => {
    const { lookup } = await asked('ollama', answers({ '/api/tags': { models: [{ name: 'm' }] } }));
    expect(lookup).toMatchObject({ kind: 'listed', facts: {} });
  });
});

test('a key goes to the hosts of its provider, not to one that only the task names', async () => {
  const { url, requests } = await asked('litellm', () => list('m'));
  expect(requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  const foreign = { keys: { litellm: KEY }, endpoints: {}, fetch, trustedEndpoint: false };
  await lookUpModel({ provider: 'litellm', model: 'm', endpoint: url }, foreign);
  expect(requests[1]?.headers).not.toHaveProperty('authorization');
  await lookUpModel({ provider: 'litellm', model: 'm', endpoint: url }, { ...foreign, trustedEndpoint: true });
  expect(requests[2]?.headers.authorization).toBe(`Bearer ${KEY}`);
});
