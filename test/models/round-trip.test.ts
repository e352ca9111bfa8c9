/** One question and its reply, over real HTTP, for each provider. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import type { Provider } from '../../src/domain/provider.js';
import { scriptedAgent } from '../support/llm-server.js';
import { modelAt, OPENING, question, READ_FILE, serve } from './support.js';

const PROVIDERS: readonly Provider[] = ['openai', 'anthropic', 'ollama', 'openrouter', 'litellm'];

const TWO_CALLS = {
  content: 'I look.',
  calls: [
    { id: 'call_a', name: 'read_file', args: { path: 'a' } },
    { id: 'call_b', name: 'no_such_tool', args: { x: [1] } },
  ],
};

const answered = (wireIds: readonly [string, string], provider: Provider = 'litellm'): Message[] => [
  ...OPENING,
  {
    role: 'assistant',
    content: 'I look.',
    origin: { provider, model: 'm', parts: [] },
    calls: [
      { id: '11111111-aaaa', wire_id: wireIds[0], name: 'read_file', args: { path: 'a' } },
      { id: '22222222-bbbb', wire_id: wireIds[1], name: 'no_such_tool', args: {} },
    ],
  },
  { role: 'tool', call: '11111111-aaaa', outcome: 'ok', content: 'hello' },
  { role: 'tool', call: '22222222-bbbb', outcome: 'refused', content: 'no such tool' },
];

describe.each(PROVIDERS)('%s', (provider) => {
  test.each([
    ['as a stream', false],
    ['as one JSON body', true],
  ])('answers %s with text, calls under the provider’s ids, and usage', async (_, json) => {
    const server = await serve({ ...TWO_CALLS, json, usage: { input: 7, output: 3 } });
    const reply = await modelAt(server, provider).ask(question());
    expect(reply).toEqual({
      content: 'I look.',
      calls: [
        { wire_id: 'call_a', name: 'read_file', args: { path: 'a' } },
        { wire_id: 'call_b', name: 'no_such_tool', args: { x: [1] } },
      ],
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10, cost: { usd: 0, source: null, unpriced: 1 } },
      finish: 'tool-calls',
      origin: { provider, model: 'm', parts: [] },
      provider,
      model: 'm',
    });
    expect(server.requests).toHaveLength(1);
  });

  test('hands on the text so far while it grows', async () => {
    const server = await serve({ content: 'one two three' });
    const texts: string[] = [];
    const reply = await modelAt(server, provider).ask(question({ onText: (text) => texts.push(text) }));
    expect(reply).toMatchObject({ content: 'one two three', calls: [], finish: 'stop' });
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.at(-1)).toBe('one two three');
    for (const text of texts) expect('one two three').toContain(text);
  });

  test('sends the limit of output tokens, the model and the tools', async () => {
    const server = await serve({ content: 'ok' });
    await modelAt(server, provider).ask(question());
    expect(server.requests[0]).toMatchObject({ model: 'm', stream: true, body: { max_tokens: 100 } });
    expect(JSON.stringify(server.requests[0]?.tools)).toContain(READ_FILE.name);
  });

  test('broken arguments are a call with a problem', async () => {
    const server = await serve({ calls: [{ id: 'c', name: 'read_file', args: '{"path": ' }] });
    const reply = await modelAt(server, provider).ask(question());
    expect(reply.calls).toEqual([
      { wire_id: 'c', name: 'read_file', args: {}, problem: 'the arguments are not a JSON object' },
    ]);
  });
});

test('OpenAI-compatible endpoints get each result under the id of its call', async () => {
  const server = await serve({ content: 'ok' });
  await modelAt(server).ask(question({ messages: answered(['call_a', 'call_b']) }));
  expect(server.requests[0]?.path).toBe('/v1/chat/completions');
  expect(server.requests[0]?.messages).toEqual([
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'read a' },
    {
      role: 'assistant',
      content: 'I look.',
      tool_calls: [
        { id: 'call_a', type: 'function', function: { name: 'read_file', arguments: '{"path":"a"}' } },
        { id: 'call_b', type: 'function', function: { name: 'no_such_tool', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_a', content: 'hello' },
    { role: 'tool', tool_call_id: 'call_b', content: 'Refused: no such tool' },
  ]);
});

test('Anthropic gets failed results marked as errors, and no id that it would refuse', async () => {
  const server = await serve({ content: 'ok' });
  await modelAt(server, 'anthropic').ask(question({ messages: answered(['toolu_1', 'functions.x:0'], 'anthropic') }));
  const { path, messages, body } = server.requests[0] ?? {};
  expect(path).toBe('/v1/messages');
  expect(JSON.stringify(body?.system)).toContain('be brief');
  expect(messages?.[2]?.content).toEqual([
    expect.objectContaining({ tool_use_id: 'toolu_1', content: 'hello' }),
    expect.objectContaining({
      tool_use_id: expect.stringMatching(/^[a-z0-9]{9}$/),
      content: 'Refused: no such tool',
      is_error: true,
    }),
  ]);
});

test.each([
  ['repeated', 'call_0'],
  ['empty', ''],
])('%s ids are made unique on the wire, for call and result alike', async (_, id) => {
  const server = await serve({ content: 'ok' });
  await modelAt(server).ask(question({ messages: answered([id, id]) }));
  const sent = server.requests[0]?.messages ?? [];
  const calls = sent[2]?.tool_calls?.map((call) => call.id) ?? [];
  expect(new Set(calls).size).toBe(2);
  expect(sent.slice(3).map((message) => message.tool_call_id)).toEqual(calls);
});

test('a call without a result is sent with an unknown outcome', async () => {
  const server = await serve({ content: 'ok' });
  await modelAt(server).ask(question({ messages: answered(['a', 'b']).slice(0, -1) }));
  expect(server.requests[0]?.messages.at(-1)).toMatchObject({
    tool_call_id: 'b',
    content: 'Outcome unknown: no result was recorded',
  });
});

test('images go along as parts, and nothing is fetched on the way', async () => {
  const server = await serve({ content: 'ok' });
  const parts = [
    { text: 'what is this' },
    { image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
    { image_url: { url: 'https://unreachable.invalid/a.png' } },
    { image_url: { url: 'not a url' } },
  ];
  await modelAt(server).ask(question({ messages: [{ role: 'user', content: 'what is this', parts }] }));
  expect(server.requests[0]?.messages[0]?.content).toEqual([
    { type: 'text', text: 'what is this' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
    { type: 'image_url', image_url: { url: 'https://unreachable.invalid/a.png' } },
    { type: 'text', text: '[Image: not a url]' },
  ]);
});

test('OpenRouter is told who asks', async () => {
  const server = await serve({ content: 'ok' });
  await modelAt(server, 'openrouter').ask(question());
  expect(server.requests[0]?.headers).toMatchObject({ 'x-title': 'Rookery', 'http-referer': expect.any(String) });
});

test('twenty iterations are twenty requests', async () => {
  const script = scriptedAgent({
    iterations: 19,
    callFor: (n) => ({ name: 'read_file', args: { path: `${n}` } }),
    final: 'done',
    repeatIds: true,
  });
  const server = await serve(script);
  const model = modelAt(server);
  const messages: Message[] = [...OPENING];
  let content = '';
  while (content !== 'done') {
    const reply = await model.ask(question({ messages }));
    content = reply.content;
    const calls = reply.calls.map((call, i) => ({ ...call, id: `${messages.length}-${i}` }));
    messages.push({ role: 'assistant', content, calls });
    for (const call of calls) messages.push({ role: 'tool', call: call.id, outcome: 'ok', content: 'x' });
  }
  expect(server.requests).toHaveLength(20);
});

test('a stream that ends without a finish but with [DONE] is complete', async () => {
  const server = await serve({ content: 'all of it', finish: null });
  for (const provider of ['litellm', 'openai'] as const) {
    expect(await modelAt(server, provider).ask(question())).toMatchObject({ content: 'all of it', finish: 'stop' });
  }
});

test.each(['\u2028', '\u2029', '\u0085', '\f'])(
  '%j in a text and in arguments ends no line of the stream',
  async (char) => {
    const reply = { content: `one${char}two`, calls: [{ id: 'c', name: 'read_file', args: { path: `a${char}b` } }] };
    const server = await serve(reply);
    for (const provider of ['litellm', 'anthropic'] as const) {
      const { content, calls } = await modelAt(server, provider).ask(question());
      expect([content, calls[0]?.args]).toEqual([reply.content, reply.calls[0]?.args]);
    }
  },
);
