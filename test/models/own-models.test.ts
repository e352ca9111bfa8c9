/** Models that the user gives as objects of the AI SDK are asked as every other model: errors, text, reasoning, cost. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import { createModels, type ModelSettings } from '../../src/models/create-models.js';
import { checkOwnModels, type OwnModels } from '../../src/models/own-models.js';
import type { Script } from '../support/llm-server.js';
import { startStrictServer } from '../support/strict/server.js';
import { reader } from '../support/strict/stage.js';
import { errorOf, KEY, OPENING, question, serve } from './support.js';

function open(own: OwnModels, model: string, settings: ModelSettings = {}) {
  return createModels({ own, ...settings }).open([{ provider: 'mine', model }], { trustedEndpoint: false });
}

const usage = {
  inputTokens: { total: 7, noCache: 7, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 3, text: 3, reasoning: undefined },
};
const finish = (unified: 'stop' | 'tool-calls'): LanguageModelV4StreamPart => ({
  type: 'finish',
  finishReason: { unified, raw: undefined },
  usage,
});

/** A handwritten model: gives these parts, or does this. */
function handwritten(
  parts: readonly LanguageModelV4StreamPart[] | ((options: LanguageModelV4CallOptions) => never | Promise<never>),
): LanguageModelV4 & { readonly asked: LanguageModelV4CallOptions[] } {
  const asked: LanguageModelV4CallOptions[] = [];
  return {
    ...{ specificationVersion: 'v4', provider: 'by-hand', modelId: 'm', supportedUrls: {}, asked },
    doGenerate: () => Promise.reject(new Error('it is streamed')),
    async doStream(options) {
      asked.push(options);
      if (typeof parts === 'function') return parts(options);
      return { stream: ReadableStream.from(parts) };
    },
  };
}

describe('a handwritten model', () => {
  test('gives text as it comes, reasoning that it gets back, and calls', async () => {
    const mine = handwritten([
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'I think.' },
      { type: 'reasoning-end', id: 'r', providerMetadata: { byHand: { signature: 's' } } },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'Look' },
      { type: 'text-delta', id: 't', delta: 'ing.' },
      { type: 'text-end', id: 't' },
      { type: 'tool-call', toolCallId: 'c', toolName: 'read_file', input: '{"path":"a"}' },
      finish('tool-calls'),
    ]);
    const texts: string[] = [];
    const model = open({ mine }, 'm');
    const reply = await model.ask(question({ onText: (text) => texts.push(text), effort: 'low' }));
    expect(texts).toEqual(['Look', 'Looking.']);
    expect(reply).toMatchObject({
      ...{ content: 'Looking.', finish: 'tool-calls', provider: 'mine', model: 'm' },
      calls: [{ wire_id: 'c', name: 'read_file', args: { path: 'a' } }],
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10, cost: { source: null, unpriced: 1 } },
    });
    expect(mine.asked[0]).toMatchObject({ maxOutputTokens: 100, reasoning: 'low', tools: [{ name: 'read_file' }] });
    const call = { id: 'call-1', wire_id: 'c', name: 'read_file', args: { path: 'a' } };
    const answered: Message[] = [
      ...OPENING,
      { role: 'assistant', content: reply.content, calls: [call], ...(reply.origin && { origin: reply.origin }) },
      { role: 'tool', call: 'call-1', outcome: 'ok', content: 'x' },
    ];
    await model.ask(question({ messages: answered }));
    expect(mine.asked[1]?.prompt.find(({ role }) => role === 'assistant')?.content).toMatchObject([
      { type: 'reasoning', text: 'I think.', providerOptions: { byHand: { signature: 's' } } },
      { type: 'text', text: 'Looking.' },
      { type: 'tool-call', toolCallId: 'c' },
    ]);
  });

  test('costs what the prices of the user say', async () => {
    const mine = handwritten([
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'Hi.' },
      finish('stop'),
    ]);
    const prices = { 'mine:m': { input: 1_000_000, output: 2_000_000 } };
    const { usage: spent } = await open({ mine }, 'm', { prices }).ask(question());
    expect(spent.cost).toEqual({ usd: 13, source: 'config', unpriced: 0 });
  });

  test('that throws is tried again later, without the secrets in its words', async () => {
    const mine = handwritten(() => {
      throw new Error(`no luck with ${KEY}`);
    });
    expect(await errorOf(open({ mine }, 'm', { secrets: [KEY] }).ask(question()))).toMatchObject({
      ...{ code: 'unavailable', message: 'mine (by-hand) failed: no luck with [key]' },
    });
  });

  test('that sends an error in its stream, and then nothing, is classed by the words', async () => {
    const mine = handwritten([
      { type: 'error', error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } },
    ]);
    expect(await errorOf(open({ mine }, 'm').ask(question()))).toMatchObject({ code: 'rate_limit' });
    const empty = handwritten([finish('stop')]);
    expect(await errorOf(open({ mine: empty }, 'm').ask(question()))).toMatchObject({ code: 'bad_reply' });
  });

  test('that does not heed the signal stops nothing', async () => {
    const stop = new AbortController();
    const mine = handwritten(() => {
      stop.abort(new Error('enough'));
      return new Promise<never>(() => undefined);
    });
    await expect(open({ mine }, 'm').ask(question({ signal: stop.signal }))).rejects.toThrow('enough');
  });
});

describe('a model of a package', () => {
  test.each(['/openai/v1', '/anthropic/v1'] as const)('works against the strict server at %s', async (path) => {
    const strict = await startStrictServer();
    onTestFinished(() => strict.close());
    strict.add('m-own', reader(2));
    const options = { baseURL: strict.url + path, apiKey: KEY };
    const mine = path === '/openai/v1' ? createOpenAI(options).responses('m-own') : createAnthropic(options)('m-own');
    const model = open({ mine }, 'm-own');
    const messages: Message[] = [...OPENING];
    for (let n = 0; n < 3; n++) {
      const { content, calls, origin } = await model.ask(question({ messages, effort: 'low', cacheKey: 'task' }));
      const ours = calls.map(({ problem: _, ...call }, i) => ({ ...call, id: `${n}-${i}` }));
      messages.push({ role: 'assistant', content, ...(ours.length > 0 && { calls: ours }), ...(origin && { origin }) });
      for (const { id } of ours) messages.push({ role: 'tool', call: id, outcome: 'ok', content: 'a note' });
    }
    expect(strict.refusalsOf('m-own')).toEqual([]);
    expect(messages.at(-1)).toMatchObject({ role: 'assistant', content: expect.any(String) });
    expect(strict.requestsOf('m-own').map(({ replies }) => replies)).toEqual([0, 1, 2]);
    // What costs money without it: marks for Claude's cache, and for OpenAI no storage and the key of its cache.
    const body = JSON.stringify(strict.requestsOf('m-own').at(-1)?.body);
    expect(body).toContain(path === '/openai/v1' ? '"prompt_cache_key":"task"' : '"cache_control"');
  });

  test.each<[number, string, Script]>([
    [401, 'auth', { status: 401, body: { error: { message: 'Incorrect API key provided' } } }],
    [429, 'rate_limit', { status: 429, headers: { 'retry-after': '7' }, body: { error: { message: 'slow down' } } }],
    [
      400,
      'context_overflow',
      { status: 400, body: { error: { code: 'context_length_exceeded', message: 'too long' } } },
    ],
    [503, 'unavailable', { status: 503, body: 'down' }],
    [404, 'bad_request', { status: 404, body: { error: { message: 'no such model' } } }],
  ])('that answers %i fails with %s, as a provider would', async (_, code, script) => {
    const server = await serve(script);
    const mine = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY }).chat('m');
    const error = await errorOf(open({ mine }, 'm').ask(question()));
    expect(error).toMatchObject({ code, message: expect.stringContaining('mine (openai.chat)') });
    if (code === 'rate_limit') expect(error.retryAfterMs).toBe(7_000);
  });

  test('that cannot be reached counts as an outage', async () => {
    const mine = createOpenAI({ baseURL: 'http://127.0.0.1:9/v1', apiKey: KEY }).chat('m');
    expect(await errorOf(open({ mine }, 'm').ask(question()))).toMatchObject({ code: 'unavailable' });
  });
});

describe('what cannot be a model is refused with what to do', () => {
  const good = handwritten([]);
  test.each<[string, object, RegExp]>([
    ['version 3', { mine: { ...good, specificationVersion: 'v3' } }, /'mine'.*version v3.*not v4 as those of AI SDK 7/],
    ['version 2', { mine: { ...good, specificationVersion: 'v2' } }, /version v2/],
    ['a name of a model', { mine: 'gpt-5' }, /is no model object/],
    ['a provider', { mine: createOpenAI({ apiKey: KEY }) }, /is a provider, not a model/],
    ['half of one', { mine: { specificationVersion: 'v4' } }, /lacks doStream/],
    ['the name of a provider', { openai: good }, /'openai'.*is the name of a provider/],
    ['an odd name', { 'a:b': good }, /is no name for a model/],
  ])('%s', (_, own, message) => {
    expect(() => checkOwnModels(own as OwnModels)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message), hint: expect.any(String) }),
    );
  });

  test('another model of an object, an endpoint, and a name that the worker does not have', () => {
    const models = createModels({ own: { mine: good } });
    const opening = (choice: object) => () =>
      models.open([{ provider: 'mine', model: 'm', ...choice }], { trustedEndpoint: true });
    expect(opening({ model: 'other' })).toThrow("'mine' is the model 'm', not 'other'");
    expect(opening({ endpoint: 'http://x' })).toThrow('takes no endpoint');
    expect(opening({ provider: 'yours' })).toThrow(expect.objectContaining({ code: 'missing_key' }));
  });
});
