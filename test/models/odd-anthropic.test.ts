/** Anthropic's protocol with the oddities of endpoints that imitate it, in streams and in replies that come whole. */
import { describe, expect, test } from 'vitest';
import { errorOf, type Frame, framesOf, lines, modelAt, question, serve } from './support.js';

const answer = async (body: string) => modelAt(await serve({ status: 200, body }), 'anthropic').ask(question());

const start = {
  type: 'message_start',
  message: { id: 'm', role: 'assistant', model: 'm', content: [], usage: { input_tokens: 7, output_tokens: 0 } },
};
const block = (index: unknown, content_block: object, ...deltas: object[]): Frame[] => [
  { type: 'content_block_start', index, content_block },
  ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
];
const text = block(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'hello' });
const end = [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
  { type: 'message_stop' },
];

describe('a reply of Anthropic', () => {
  test.each([
    [
      'numbers as texts',
      [
        { ...start, message: { ...start.message, id: 1, usage: { input_tokens: '7', cache_read_input_tokens: -1 } } },
        ...block('0', { type: 'text' }, { type: 'text_delta', text: 'hello' }),
        { ...end[0], usage: { output_tokens: '3' } },
        end[1],
      ],
    ],
    [
      'no model and content of null',
      [{ ...start, message: { usage: { input_tokens: 7 }, content: null, model: null } }, ...text, ...end],
    ],
    [
      'content that comes again',
      [{ ...start, message: { ...start.message, content: [{ type: 'text', text: 'hello' }] } }, ...text, ...end],
    ],
    [
      'pings and unknown events',
      [start, { type: 'ping' }, { type: 'heartbeat' }, ...text, { type: 'message_note', note: 1 }, ...end],
    ],
    [
      'unknown blocks and deltas',
      [
        start,
        ...text,
        ...block(1, { type: 'hologram' }, { type: 'text_delta', text: 'x' }),
        { type: 'content_block_delta', index: 0, delta: { type: 'aura_delta' } },
        ...end,
      ],
    ],
    ['no index', [start, ...block(undefined, { type: 'text', text: '' }, { text: 'hello' }), ...end]],
    ['an empty stop before the last', [start, ...text, { type: 'message_delta', delta: { stop_reason: '' } }, ...end]],
  ])('comes whole with %s', async (_, frames) => {
    expect(await answer(lines(...frames))).toMatchObject({
      content: 'hello',
      finish: 'stop',
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    });
  });

  test('comes whole when only the events are named', async () => {
    const named = [start, ...text, ...end].map(
      ({ type, ...rest }: Frame) => `event: ${type}\ndata: ${JSON.stringify(rest)}\n\n`,
    );
    expect(await answer(named.join(''))).toMatchObject({ content: 'hello', finish: 'stop' });
  });

  test.each([
    [
      'an object as partial JSON',
      { type: 'tool_use', id: 9, name: 'read_file' },
      { type: 'input_json_delta', partial_json: { path: 'a' } },
    ],
    [
      'its arguments at once, as a text',
      { type: 'tool_use', id: 't', name: 'read_file', input: '{"path":"a"}' },
      { type: 'input_json_delta', partial_json: null },
    ],
  ])('has its call with %s', async (_, opening, delta) => {
    const stop = { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 3 } };
    const reply = await answer(lines(start, ...block(0, opening, delta), stop, end[1]));
    expect(reply.calls).toMatchObject([{ name: 'read_file', args: { path: 'a' } }]);
  });
});

test.each([
  [lines({ type: 'message_start' }), 'message is not an object'],
  [lines(start, ...block(0, { type: 'tool_use', id: 't' })), 'content_block 0.name is not text'],
])('what cannot be understood is named', async (body, field) => {
  const found = await errorOf(answer(body));
  expect(found).toMatchObject({ code: 'bad_reply', message: expect.stringContaining(`sent a reply whose ${field}`) });
});

test('a whole reply keeps its thinking with the signature', async () => {
  const content = [
    { type: 'thinking', thinking: 'hm', signature: 's' },
    { type: 'redacted_thinking', data: 'd' },
    { type: 'text', text: 'hello' },
  ];
  const frames = await framesOf('anthropic', {
    type: 'message',
    content,
    usage: { input_tokens: 1, output_tokens: 1 },
  });
  const parts = frames.flatMap(({ content_block, delta }) => content_block ?? delta ?? []);
  expect(parts).toEqual(
    expect.arrayContaining([
      { type: 'thinking_delta', thinking: 'hm' },
      { type: 'signature_delta', signature: 's' },
      { type: 'redacted_thinking', data: 'd' },
    ]),
  );
});
