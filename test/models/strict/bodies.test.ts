/** The check of request bodies itself: what is valid passes, and an unknown key is found wherever it is. */
import { describe, expect, test } from 'vitest';
import { problemsOf } from '../../support/bodies/record.js';

type Body = Readonly<Record<string, unknown>>;

const USER = { role: 'user', content: [{ type: 'text', text: 'read a' }] };
const SCHEMA = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const FUNCTION = { name: 'read_file', description: 'Reads.', parameters: SCHEMA };
const CALL = { id: 'c', type: 'function', function: { name: 'read_file', arguments: '{}' } };
const CALLED = { role: 'assistant', content: null, tool_calls: [CALL] };

const CHAT = { model: 'm', stream: true, messages: [USER, CALLED], tools: [{ type: 'function', function: FUNCTION }] };
const MESSAGES = {
  ...{ model: 'm', max_tokens: 1, stream: true, messages: [USER] },
  tools: [{ name: 'read_file', input_schema: SCHEMA }],
};
const RESPONSES = {
  ...{ model: 'm', stream: true, store: false, max_output_tokens: 100 },
  input: [{ role: 'user', content: [{ type: 'input_text', text: 'read a' }] }],
  tools: [{ type: 'function', strict: false, ...FUNCTION }],
};
const GEMINI = { contents: [{ role: 'user', parts: [{ text: 'read a' }] }], generationConfig: { maxOutputTokens: 1 } };

function problems(path: string, body: Body, from = 'openai'): string[] {
  return problemsOf({ path, headers: { 'user-agent': `ai/7 ai-sdk/${from}/1` }, body });
}

describe.each([
  ['/v1/chat/completions', CHAT, 'messages'],
  ['/v1/messages', MESSAGES, 'messages'],
  ['/v1/responses', RESPONSES, 'input'],
  ['/v1beta/models/m:streamGenerateContent', GEMINI, 'contents'],
] as [string, Body, string][])('%s', (path, body, list) => {
  test('a valid body passes', () => {
    expect(problems(path, body)).toEqual([]);
  });

  test('an unknown key is refused at the top and inside', () => {
    const [first] = body[list] as Body[];
    expect(problems(path, { ...body, no_such_key: 1 }).join()).toContain('no_such_key');
    expect(problems(path, { ...body, [list]: [{ ...first, no_such_key: 1 }] }).join()).toContain('no_such_key');
  });

  test('a wrong type is refused', () => {
    expect(problems(path, { ...body, [list]: 7 })).not.toEqual([]);
  });
});

const reasoned = { ...CHAT, messages: [USER, { ...CALLED, reasoning_content: 'so' }] };
const extra_content = { google: { thought_signature: 's' } };
const signed = { ...CHAT, messages: [USER, { ...CALLED, tool_calls: [{ ...CALL, extra_content }] }] };

test.each([
  ['reasoning_content', reasoned],
  ['extra_content', signed],
])('%s is allowed for compatible servers, and not for OpenAI', (key, body) => {
  expect(problems('/v1/chat/completions', body, 'openai-compatible')).toEqual([]);
  expect(problems('/v1/chat/completions', body, 'openai').join()).toContain(key);
});

test('an extra of another form than the documented one is refused', () => {
  const body = { ...CHAT, messages: [USER, { ...CALLED, reasoning_content: ['so'] }] };
  expect(problems('/v1/chat/completions', body, 'openai-compatible')).not.toEqual([]);
});

test('an address without a schema is no pass', () => {
  expect(problems('/v1/unknown', {})).toEqual(['no schema is known for /v1/unknown']);
});
