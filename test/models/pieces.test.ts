/** A reply that is streamed in many small pieces: it is understood as it was written, and the AI SDK is given few events. */
import { describe, expect, test } from 'vitest';
import { EventLines } from '../../src/models/stream/event-lines.js';
import { errorOf, type Frame, framesOf, lines, modelAt, question, serve } from './support.js';

const WORDS = Array.from({ length: 200 }, (_, n) => `word${n} `);
const TEXT = WORDS.join('');
const ARGUMENTS = JSON.stringify({ path: 'a.txt', content: TEXT });

const inPieces = (text: string): string[] => text.match(/.{1,7}/gs) ?? [];

const chunk = (delta: object, more: object = {}): Frame => ({
  id: 'r',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
});
const call = (index: number, given: object): Frame => chunk({ tool_calls: [{ index, ...given }] });
const named = (index: number): Frame =>
  call(index, { id: `c${index}`, type: 'function', function: { name: 'read_file', arguments: '' } });
const more = (index: number, text: string): Frame => call(index, { function: { arguments: text } });
const end = (reason: string): Frame => chunk({}, { finish_reason: reason });

const block = (index: number, start: object, deltas: readonly object[]): Frame[] => [
  { type: 'content_block_start', index, content_block: start },
  ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
];

const CHAT = [
  chunk({ role: 'assistant', content: '' }),
  ...WORDS.map((reasoning_content) => chunk({ reasoning_content, content: null })),
  ...WORDS.map((content) => chunk({ content })),
  named(0),
  ...inPieces(ARGUMENTS).map((text) => more(0, text)),
  end('tool_calls'),
];

const ANTHROPIC = [
  { type: 'message_start', message: { id: 'm1', role: 'assistant', model: 'm', usage: { input_tokens: 1 } } },
  ...block(0, { type: 'thinking', thinking: '' }, [
    ...WORDS.map((thinking) => ({ type: 'thinking_delta', thinking })),
    { type: 'signature_delta', signature: 'signed' },
  ]),
  ...block(
    1,
    { type: 'text', text: '' },
    WORDS.map((text) => ({ type: 'text_delta', text })),
  ),
  ...block(
    2,
    { type: 'tool_use', id: 'c0', name: 'read_file', input: {} },
    inPieces(ARGUMENTS).map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  ),
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
  { type: 'message_stop' },
];

describe.each([
  ['litellm', CHAT],
  ['anthropic', ANTHROPIC],
] as const)('%s', (provider, frames) => {
  test('a text, its reasoning and the arguments of a call in hundreds of pieces are each whole', async () => {
    const server = await serve({ status: 200, body: lines(...frames) });
    const reply = await modelAt(server, provider).ask(question());
    expect(reply.content).toBe(TEXT);
    expect(reply.calls).toMatchObject([{ wire_id: 'c0', name: 'read_file', args: JSON.parse(ARGUMENTS) }]);
    expect(reply.origin?.parts).toMatchObject([
      { kind: 'reasoning', text: TEXT },
      { kind: 'text', length: TEXT.length },
      { kind: 'call' },
    ]);
  });

  test('the AI SDK is given a few events, in the order of the reply', async () => {
    const given = await framesOf(provider, lines(...frames));
    expect(given.length).toBeLessThan(20);
    const json = JSON.stringify(given);
    const places = [JSON.stringify(TEXT.slice(0, 40)).slice(1, -1), 'read_file', 'a.txt'].map((word) =>
      json.indexOf(word),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
});

test('the pieces of two calls at a time stay with their calls', async () => {
  const [first, second] = ['{"path": "one"}', '{"path": "two"}'];
  const both = inPieces(first).flatMap((text, at) => [more(0, text), more(1, inPieces(second)[at] ?? '')]);
  const server = await serve({ status: 200, body: lines(named(0), named(1), ...both, end('tool_calls')) });
  const { calls } = await modelAt(server).ask(question());
  expect(calls.map(({ args }) => args)).toEqual([{ path: 'one' }, { path: 'two' }]);
});

test.each([
  ['another field of the message', chunk({ content: 'b', annotations: [] }), 'annotations'],
  ['a field that is not known', chunk({ content: 'b', thread: 7 }), 'thread'],
  ['usage', { ...chunk({ content: 'b' }), usage: { prompt_tokens: 3, completion_tokens: 4 } }, 'usage'],
  ['the end', chunk({ content: 'b' }, { finish_reason: 'stop' }), 'stop'],
])('an event that also carries %s is handed on as it is', async (_, frame, word) => {
  const given = await framesOf('litellm', lines(...['x', 'a', 'a'].map((content) => chunk({ content })), frame));
  const texts = given.map((one) => JSON.stringify(one));
  const at = texts.findIndex((text) => text.includes('"content":"b"'));
  expect(texts[at]).toContain(word);
  expect(texts[at - 1]).toContain('"content":"aa"');
});

test('an error between two pieces ends the reply', async () => {
  const failing = lines(chunk({ content: 'a' }), chunk({ content: 'b' }), {
    error: { code: 429, message: 'Slow down.' },
  });
  const server = await serve({ status: 200, body: failing });
  expect(await errorOf(modelAt(server).ask(question()))).toMatchObject({ code: 'rate_limit' });
});

test('events of OpenAI’s own protocol: pieces of one text go on as one, all others byte for byte', () => {
  const events = new EventLines({ who: 'it', model: 'm', keyed: true, secrets: [] }, 'raw');
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const piece = (delta: string, more: object = {}): string =>
    JSON.stringify({ type: 'response.output_text.delta', ...at, delta, logprobs: [], ...more });
  const other = '{"type":"response.created",  "response":{"id":"resp_1"}}';
  const given = [other, piece('a'), piece('b'), piece('c'), piece('d', { output_index: 1 }), other];
  const made = given.map((json) => events.add(`data: ${json}`)).join('') + events.release();
  const expected = [other, piece('a'), piece('bc'), piece('d', { output_index: 1 }), other];
  expect(made).toBe(expected.map((json) => `data: ${json}\n\n`).join(''));
});
