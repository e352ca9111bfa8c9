/** A part of a request that a provider refuses is learned once, and is right in the next request. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import { outputLimitIn } from '../../src/models/errors/refusal-words.js';
import type { LlmRequest, Script } from '../support/llm-server.js';
import { errorOf, modelAt, OPENING, question, READ_FILE, serve } from './support.js';

const refusal = (message: string, status = 400): Script => ({ status, body: { error: { message } } });

/** Asks twice; the server refuses what the rule refuses. Three requests: one refusal, and two answers. */
async function learns(rule: (request: LlmRequest) => string | undefined, messages?: readonly Message[]) {
  const server = await serve((request) => {
    const words = rule(request);
    return words === undefined ? { content: 'ok' } : refusal(words);
  });
  const model = modelAt(server);
  const asked = question({ maxOutputTokens: 8_192, effort: 'high', ...(messages ? { messages } : {}) });
  expect(await model.ask(asked)).toMatchObject({ content: 'ok' });
  expect(await model.ask(asked)).toMatchObject({ content: 'ok' });
  expect(server.requests).toHaveLength(3);
  return server.requests[2]?.body ?? {};
}

test('max_completion_tokens instead of max_tokens', async () => {
  const body = await learns(({ body }) =>
    'max_tokens' in body
      ? "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
      : undefined,
  );
  expect(body).toMatchObject({ max_completion_tokens: 8_192 });
  expect(body).not.toHaveProperty('max_tokens');
});

test('a smaller output maximum', async () => {
  const body = await learns(({ body }) =>
    Number(body.max_tokens) > 4_096
      ? 'max_tokens is too large: 8192. This model supports at most 4096 completion tokens.'
      : undefined,
  );
  expect(body).toMatchObject({ max_tokens: 4_096 });
});

test('an output maximum that reads like an overflow: a small window of vLLM', async () => {
  const body = await learns(({ body }) =>
    Number(body.max_tokens) > 3_996
      ? "'max_tokens' is too large: 8192. This model's maximum context length is 4096 tokens and your request has 100 input tokens (8192 > 4096 - 100)."
      : undefined,
  );
  expect(body).toMatchObject({ max_tokens: 3_996 });
});

test('no system role: the instructions open the first user turn', async () => {
  const body = await learns(({ messages }) =>
    messages.some(({ role }) => role === 'system') ? 'System role not supported' : undefined,
  );
  expect(JSON.stringify((body.messages as { content: unknown }[])[0])).toMatch(/"user".*be brief.*read a/);
});

test('no reasoning effort', async () => {
  const body = await learns(({ body }) =>
    'reasoning_effort' in body ? 'Unrecognized request argument supplied: reasoning_effort' : undefined,
  );
  expect(body).not.toHaveProperty('reasoning_effort');
});

test('a shorter description of a tool', async () => {
  const lengthOf = ({ tools }: LlmRequest): number =>
    (tools[0] as { function: { description: string } }).function.description.length;
  const server = await serve((request) => {
    const length = lengthOf(request);
    const words = `Bad 'tools[0].function.description': a string of maximum length 1024 is expected, not of ${length}.`;
    return length > 1_024 ? refusal(words) : { content: 'ok' };
  });
  const model = modelAt(server);
  const asked = question({ tools: [{ ...READ_FILE, description: `${'x'.repeat(1_022)}\u{1f600}${'y'.repeat(500)}` }] });
  expect(await model.ask(asked)).toMatchObject({ content: 'ok' });
  expect(await model.ask(asked)).toMatchObject({ content: 'ok' });
  expect(server.requests.map(lengthOf)).toEqual([1_524, 1_023, 1_023]);
});

test('no user turn after a tool result: its text joins the result', async () => {
  const messages: Message[] = [
    ...OPENING,
    { role: 'assistant', content: '', calls: [{ id: 'a', wire_id: 'x', name: 'read_file', args: {} }] },
    { role: 'tool', call: 'a', outcome: 'ok', content: 'hello' },
    { role: 'user', content: 'stop soon' },
  ];
  const body = await learns(({ messages: sent }) => {
    const after = sent.findIndex(({ role }, at) => role === 'user' && sent[at - 1]?.role === 'tool');
    return after === -1 ? undefined : "Unexpected role 'user' after role 'tool'";
  }, messages);
  expect((body.messages as { content: string }[]).at(-1)?.content).toBe('hello\n\n[Message of the user] stop soon');
});

test('what teaches nothing fails with the provider’s words, after one request', async () => {
  const server = await serve(refusal('the field foo is wrong'));
  expect(await errorOf(modelAt(server).ask(question()))).toMatchObject({
    message: expect.stringContaining('foo is wrong'),
  });
  expect(server.requests).toHaveLength(1);
});

test('a provider that refuses again what it has taught fails after two requests', async () => {
  const server = await serve(
    refusal('max_tokens is too large: 100. This model supports at most 50 completion tokens.'),
  );
  await errorOf(modelAt(server).ask(question()));
  expect(server.requests).toHaveLength(2);
});

describe('the most output tokens in the words of a provider', () => {
  test.each([
    ['max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens for this model', 4_096],
    [
      '`max_tokens` must be less than or equal to `1024`, the maximum value for `max_tokens` is less than the context window',
      1_024,
    ],
    ['Invalid max_tokens value, the valid range of max_tokens is [1, 8000]', 8_000],
    ['max_completion_tokens must be between 1 and 2,048', 2_048],
    [
      'Unable to submit request because it has a maxOutputTokens value of 9000 but the supported range is from 1 (inclusive) to 8193 (exclusive).',
      8_193,
    ],
    ['max_tokens=9000 cannot be greater than max_model_len=4096', 4_096],
    [
      "This model's maximum context length is 128000 tokens. However, you requested 130000 tokens (121808 in the messages, 8192 in the completion).",
      undefined,
    ],
    ['prompt is too long: 210000 tokens > 200000 maximum', undefined],
    ['max_tokens is required', undefined],
  ] as const)('%s', (words, limit) => {
    expect(outputLimitIn(words, 9_000)).toBe(limit);
  });
});

describe('calls that another model made', () => {
  const foreign: Message[] = [
    ...OPENING,
    { role: 'assistant', content: '', calls: [{ id: 'a', wire_id: 'x', name: 'read_file', args: {} }] },
    { role: 'tool', call: 'a', outcome: 'ok', content: 'hello' },
  ];
  const replyIn = (body: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    (body.messages as Record<string, unknown>[]).find(({ role }) => role === 'assistant') ?? {};

  test('get an empty reasoning where the endpoint wants one', async () => {
    const body = await learns(
      ({ body: sent }) =>
        'reasoning_content' in replyIn(sent)
          ? undefined
          : 'The reasoning_content in the thinking mode must be passed back to the API.',
      foreign,
    );
    expect(replyIn(body)).toMatchObject({ reasoning_content: '' });
  });

  test('get the signature that Google documents for them where it wants one', async () => {
    const body = await learns(
      ({ body: sent }) =>
        JSON.stringify(replyIn(sent)).includes('thought_signature')
          ? undefined
          : 'Function call is missing a thought_signature in functionCall parts.',
      foreign,
    );
    expect(JSON.stringify(replyIn(body))).toContain('skip_thought_signature_validator');
  });
});
