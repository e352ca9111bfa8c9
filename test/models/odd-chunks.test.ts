/**
 * Chat completions with the oddities of endpoints that imitate the protocol: each gives the reply that is meant. What
 * cannot be understood is named.
 */
import { describe, expect, test } from 'vitest';
import type { Provider } from '../../src/domain/provider.js';
import { errorOf, type Frame, framesOf, lines, modelAt, question, serve } from './support.js';

const chunk = (delta: unknown, fields: object = {}): Frame => ({ id: 'r', choices: [{ index: 0, delta, ...fields }] });
const call = (fields: object): Frame => chunk({ tool_calls: [fields] });
const END = lines(chunk({}, { finish_reason: 'stop' }), {
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 3 },
});
const READ = { name: 'read_file', arguments: '{"path":"a"}' };

const answer = async (provider: Provider, body: string) =>
  modelAt(await serve({ status: 200, body }), provider).ask(question());

describe.each(['openai', 'litellm', 'openrouter'] as const)('a text of %s', (provider) => {
  const hello = chunk({ content: 'hello' });
  test.each([
    ['a role that is not one', lines(chunk({ role: 'model', content: 'hello' })) + END],
    ['an id, a time and a model of another type', lines({ ...hello, id: 17, created: '1', model: null }) + END],
    ['choices of null', lines({ id: 'r', choices: null }, hello) + END],
    ['choices that are one object', lines({ choices: { delta: { content: 'hello' } } }) + END],
    ['a frame without choices', lines({ id: 'r', model: 'm' }, hello) + END],
    ['a delta of null', lines(chunk(null), hello) + END],
    ['a message instead of a delta', lines({ choices: [{ index: 0, message: { content: 'hello' } }] }) + END],
    ['calls of null', lines(chunk({ content: 'hello', tool_calls: null })) + END],
    [
      'an index that is a text, or missing',
      lines({ choices: [{ index: '0', delta: { content: 'hel' } }] }, { choices: [{ delta: { content: 'lo' } }] }) +
        END,
    ],
    [
      'parts instead of a text',
      lines(
        chunk({
          content: [
            { type: 'text', text: 'hel' },
            { type: 'text', text: 'lo' },
          ],
        }),
      ) + END,
    ],
    ['an empty finish', lines(chunk({ content: 'hello' }, { finish_reason: '' })) + END],
    [
      'annotations and probabilities of another form',
      lines(chunk({ content: 'hello', annotations: [{ type: 'file' }] }, { logprobs: [1] })) + END,
    ],
    ['comments', `: ping\n\n${lines(hello)}: OPENROUTER PROCESSING\n\n${END}`],
    ['pings', `event: ping\ndata: {"type":"ping"}\n\ndata: ping\n\n${lines(hello)}data: {"type":"ping"}\n\n${END}`],
    ['CRLF and a BOM', `\uFEFF${(lines(hello) + END).replaceAll('\n', '\r\n')}`],
    ['no empty lines', (lines(hello) + END).replaceAll('\n\n', '\n')],
    ['one event in several lines', `data: {"choices":\ndata: [{"delta":{"content":"hello"}}]}\n\n${END}`],
    ['no space and no end of line', `data:${JSON.stringify(hello)}\n\n${END}`.trimEnd()],
  ])('comes whole with %s', async (_, body) => {
    expect(await answer(provider, body)).toMatchObject({
      content: 'hello',
      calls: [],
      finish: 'stop',
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    });
  });

  test.each([
    ['as texts', { prompt_tokens: '7', completion_tokens: '3', total_tokens: '10' }],
    ['under other names', { input_tokens: 7, output_tokens: 3 }],
    [
      'with details of another type',
      {
        prompt_tokens: 7,
        completion_tokens: 3,
        prompt_tokens_details: [],
        completion_tokens_details: { reasoning_tokens: 'x' },
      },
    ],
    [
      'with details and a cost of null',
      {
        prompt_tokens: 7,
        completion_tokens: 3,
        total_tokens: null,
        prompt_tokens_details: { cached_tokens: null },
        cost: null,
      },
    ],
    ['with an absurd sum', { prompt_tokens: 7, completion_tokens: 3, total_tokens: 1e12 }],
  ])('has its usage %s', async (_, usage) => {
    const body = lines(chunk({ content: 'hello' }, { finish_reason: 'stop' }), { choices: [], usage });
    expect(await answer(provider, body)).toMatchObject({
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    });
  });

  test.each([-1, 0.5, 100_000_001, '1e20', 'many', null, {}, true])(
    'has no input tokens where they are %j',
    async (odd) => {
      const usage = { prompt_tokens: odd, completion_tokens: 3 };
      const body = lines(chunk({ content: 'hello' }, { finish_reason: 'stop' }), { choices: [], usage });
      expect(await answer(provider, body)).toMatchObject({
        usage: { input_tokens: 0, output_tokens: 3, total_tokens: 3 },
      });
    },
  );
});

describe.each(['openai', 'litellm', 'openrouter'] as const)('calls of %s', (provider) => {
  const one = [{ name: 'read_file', args: { path: 'a' } }];
  const two = [...one, { name: 'read_file', args: { path: 'b' } }];
  const second = { name: 'read_file', arguments: '{"path":"b"}' };
  test.each([
    [
      'an object as arguments',
      [call({ index: 0, id: 'c', function: { name: 'read_file', arguments: { path: 'a' } } })],
      one,
    ],
    ['a number as id', [call({ index: 0, id: 5, function: READ })], one],
    ['no id', [call({ index: 0, function: READ })], one],
    ['a text as index', [call({ index: '0', id: 'c', function: READ })], one],
    ['another type', [call({ index: 0, id: 'c', type: '', function: READ })], one],
    ['no nesting', [call({ index: 0, id: 'c', ...READ })], one],
    ['no list', [chunk({ tool_calls: { index: 0, id: 'c', function: READ } })], one],
    [
      'no index, in one chunk',
      [
        chunk({
          tool_calls: [
            { id: 'c', function: READ },
            { id: 'd', function: second },
          ],
        }),
      ],
      two,
    ],
    ['no index and no id', [call({ function: READ }), call({ function: second })], two],
    [
      'the index 0 for each',
      [call({ index: 0, id: 'c', function: READ }), call({ index: 0, id: 'd', function: second })],
      two,
    ],
    [
      'no index, in pieces',
      [
        call({ id: 'c', function: { name: 'read_file', arguments: '{"pa' } }),
        call({ function: { arguments: 'th":"a"}' } }),
      ],
      one,
    ],
    [
      'nothing odd, in pieces of two at once',
      [
        call({ index: 0, id: 'c', function: { name: 'read_file', arguments: '' } }),
        call({ index: 1, id: 'd', function: { name: 'read_file', arguments: '' } }),
        call({ index: 0, function: { arguments: '{"path":"a"}' } }),
        call({ index: 1, id: '', function: { name: '', arguments: '{"path":"b"}' } }),
      ],
      two,
    ],
  ])('come with %s', async (_, frames, expected) => {
    const body = lines(...frames, chunk({}, { finish_reason: 'tool_calls' }));
    const reply = await answer(provider, body);
    expect(reply.calls.map(({ name, args }) => ({ name, args }))).toEqual(expected);
    expect(reply.finish).toBe('tool-calls');
  });
});

test.each([
  [lines({ choices: 5 }), 'choices is not a list'],
  [lines(chunk('hello')), 'choices.0.delta is not an object'],
  [lines(chunk({ content: { value: 1 } })), 'choices.0.delta.content is not text'],
  [
    lines(call({ index: 0, id: 'c', function: { name: ['x'] } })),
    'choices.0.delta.tool_calls.0.function.name is not text',
  ],
] as const)('what cannot be understood is named: %s', async (body, field) => {
  const found = await errorOf(answer('litellm', body));
  expect(found).toMatchObject({ code: 'bad_reply', message: expect.stringContaining(`sent a reply whose ${field}`) });
});

test('fields that are not known stay as they are', async () => {
  const details = [{ type: 'reasoning.encrypted', data: 'x' }];
  const extra = { google: { thought_signature: 's' } };
  const delta = {
    reasoning_content: 'hm',
    reasoning_details: details,
    tool_calls: [{ index: 0, id: 'c', function: READ, extra_content: extra }],
  };
  const usage = { prompt_tokens: 1, completion_tokens: 1, cost: 0.5, cost_details: { upstream: null } };
  const [first, last] = await framesOf('litellm', lines(chunk(delta), { choices: [], usage, provider: 'p' }));
  expect(first).toMatchObject({ choices: [{ delta }] });
  expect(last).toMatchObject({ usage, provider: 'p' });
});

test('frames of other protocols stay as they are', async () => {
  const frames = [
    { type: 'response.created', response: { error: null } },
    { candidates: [{ content: { parts: [] } }] },
  ];
  expect(await framesOf('litellm', lines(...frames))).toEqual(frames);
});

test('a reply that comes whole keeps its reasoning', async () => {
  const message = {
    role: 'assistant',
    content: 'hello',
    reasoning_content: 'hm',
    refusal: 'no',
    reasoning_details: [{ type: 'x' }],
  };
  const [frame] = await framesOf('litellm', {
    choices: [{ message, finish_reason: 'stop' }],
    usage: { prompt_tokens: '1' },
  });
  expect(frame).toMatchObject({ choices: [{ delta: message, finish_reason: 'stop' }], usage: { prompt_tokens: 1 } });
});

test('a field that the AI SDK cannot read is named', async () => {
  const found = await errorOf(
    answer('litellm', lines(call({ index: 0, id: 'c', function: READ, extra_content: 'x' }))),
  );
  expect(found).toMatchObject({ code: 'bad_reply', message: expect.stringContaining('tool_calls.0.extra_content') });
});
