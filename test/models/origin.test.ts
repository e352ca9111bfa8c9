/**
 * What a provider gives with its reply goes back to the same provider and model, unchanged and in its place; another one
 * never sees it.
 */
import { describe, expect, test } from 'vitest';
import type { AssistantMessage, Message } from '../../src/domain/conversation.js';
import type { Provider } from '../../src/domain/provider.js';
import type { Reply } from '../../src/models/model.js';
import { rawServer } from '../support/raw-model.js';
import { modelAt, OPENING, question } from './support.js';

const SIGNATURE = 'c2lnbmVkIGJ5IHRoZSBwcm92aWRlcg==';

/** The conversation after the reply, with a result for each of its calls. */
function after(reply: Reply): Message[] {
  const calls = reply.calls.map((call, at) => ({ ...call, id: `call-${at}` }));
  const message: AssistantMessage = {
    role: 'assistant',
    content: reply.content,
    calls,
    ...(reply.origin ? { origin: reply.origin } : {}),
  };
  const results = calls.map((call) => ({ role: 'tool', call: call.id, outcome: 'ok', content: 'hello' }) as const);
  return [...OPENING, message, ...results];
}

/** Asks twice, the second time with the first reply in the conversation, and returns the second request. */
async function secondRequest(provider: Provider, events: string, answer: string): Promise<Record<string, unknown>> {
  const server = await rawServer([events, answer]);
  const model = modelAt(server, provider);
  const reply = await model.ask(question());
  expect(reply.calls.map(({ name }) => name)).toEqual(['read_file']);
  await model.ask(question({ messages: after(JSON.parse(JSON.stringify(reply)) as Reply) }));
  return server.bodies[1] ?? {};
}

const chat = (...deltas: object[]): string =>
  [...deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] }))]
    .concat([{ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' as never }] }])
    .map(
      (chunk) =>
        `data: ${JSON.stringify({ id: 'r', object: 'chat.completion.chunk', created: 1, model: 'm', ...chunk })}\n\n`,
    )
    .join('')
    .concat('data: [DONE]\n\n');

const CALL = { index: 0, id: 'call_own', type: 'function', function: { name: 'read_file', arguments: '{"path":"a"}' } };
const CHAT_ANSWER = `data: ${JSON.stringify({ id: 'r', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'done' }, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;

const assistantOf = (body: Record<string, unknown>): Record<string, unknown> =>
  (body.messages as Record<string, unknown>[]).find(({ role }) => role === 'assistant') ?? {};

describe('chat completions', () => {
  test.each(['litellm', 'deepseek', 'openai'] as const)(
    '%s gets its reasoning_content back with the call',
    async (provider) => {
      const events = chat(
        { role: 'assistant', reasoning_content: 'First I ' },
        { reasoning_content: 'look.' },
        { tool_calls: [CALL] },
      );
      const message = assistantOf(await secondRequest(provider, events, CHAT_ANSWER));
      expect(message).toMatchObject({ reasoning_content: 'First I look.', tool_calls: [{ id: 'call_own' }] });
    },
  );

  test('Gemini at an endpoint that speaks the protocol of OpenAI gets the thought signature of the call back', async () => {
    const call = { ...CALL, extra_content: { google: { thought_signature: SIGNATURE } } };
    const message = assistantOf(await secondRequest('litellm', chat({ tool_calls: [call] }), CHAT_ANSWER));
    expect(message.tool_calls).toMatchObject([{ extra_content: { google: { thought_signature: SIGNATURE } } }]);
  });

  test('OpenRouter gets its reasoning_details back, signature included', async () => {
    const details = [
      { type: 'reasoning.text', text: 'I look.', signature: SIGNATURE, format: 'anthropic-claude-v1', index: 0 },
    ];
    const events = chat({ role: 'assistant', reasoning_details: details }, { tool_calls: [CALL] });
    const message = assistantOf(await secondRequest('openrouter', events, CHAT_ANSWER));
    expect(message.reasoning_details).toMatchObject(details);
  });
});

test('Anthropic gets its thinking blocks back, in their order and with their signatures', async () => {
  const event = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const block = (index: number, content_block: object, ...deltas: object[]): string =>
    [
      event('content_block_start', { index, content_block }),
      ...deltas.map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ].join('');
  const message = { id: 'm1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null };
  const start = event('message_start', { message: { ...message, usage: { input_tokens: 1, output_tokens: 0 } } });
  const end = (stop_reason: string): string =>
    event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } }) +
    event('message_stop', {});
  const events =
    start +
    block(
      0,
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'I look.' },
      { type: 'signature_delta', signature: SIGNATURE },
    ) +
    block(1, { type: 'redacted_thinking', data: 'b3BhcXVl' }) +
    block(2, { type: 'text', text: '' }, { type: 'text_delta', text: 'Looking.' }) +
    block(
      3,
      { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: {} },
      { type: 'input_json_delta', partial_json: '{"path":"a"}' },
    ) +
    end('tool_use');
  const answer = start + block(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'done' }) + end('end_turn');
  const body = await secondRequest('anthropic', events, answer);
  expect(assistantOf(body).content).toEqual([
    { type: 'thinking', thinking: 'I look.', signature: SIGNATURE },
    { type: 'redacted_thinking', data: 'b3BhcXVl' },
    { type: 'text', text: 'Looking.' },
    { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: { path: 'a' } },
  ]);
});

test('another model gets neither the reasoning nor the ids', async () => {
  const events = chat({ reasoning_content: 'secret thoughts' }, { content: 'Looking.' }, { tool_calls: [CALL] });
  const server = await rawServer([events, CHAT_ANSWER]);
  const reply = await modelAt(server, 'litellm').ask(question());
  await modelAt(server, 'ollama').ask(question({ messages: after(reply) }));
  expect(JSON.stringify(server.bodies[1])).not.toContain('secret thoughts');
  const message = assistantOf(server.bodies[1] ?? {});
  expect(message).toMatchObject({ content: 'Looking.', tool_calls: [{ id: expect.stringMatching(/^[a-z0-9]{9}$/) }] });
});

test('a text that was changed on its way into the record still goes out whole, with the reasoning before it', async () => {
  const events = chat({ reasoning_content: 'I look.' }, { content: 'The key is sk-1.' }, { tool_calls: [CALL] });
  const server = await rawServer([events, CHAT_ANSWER]);
  const model = modelAt(server, 'litellm');
  const reply = await model.ask(question());
  await model.ask(question({ messages: after({ ...reply, content: 'The key is [key].' }) }));
  expect(assistantOf(server.bodies[1] ?? {})).toMatchObject({
    content: 'The key is [key].',
    reasoning_content: 'I look.',
    tool_calls: [{ id: 'call_own' }],
  });
});
