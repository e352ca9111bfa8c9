/** The strict servers refuse what the real APIs refuse: one conversation per dialect, and what may be wrong with it. */
import { describe, expect, test } from 'vitest';
import { anthropic } from '../../support/strict/anthropic.js';
import { deepseek } from '../../support/strict/deepseek.js';
import { type Dialect, Refused } from '../../support/strict/dialect.js';
import { gemini } from '../../support/strict/gemini.js';
import { google } from '../../support/strict/google.js';
import { mistral } from '../../support/strict/mistral.js';
import { openaiChat } from '../../support/strict/openai-chat.js';
import { openaiResponses } from '../../support/strict/openai-responses.js';
import { coreId, signatureOf, thinkingOf } from '../../support/strict/script.js';
import { vllm } from '../../support/strict/vllm.js';

type Body = Record<string, unknown>;
type Change = readonly [what: string, change: (edit: Edit) => void, words: string];

/** Changes one place of a body, named by its keys from the top. */
interface Edit {
  set(path: string, value: unknown): void;
  drop(path: string): void;
  list(path: string): unknown[];
}

function editOf(body: Body): Edit {
  const at = (keys: readonly string[]): Body => keys.reduce((place, key) => place[key] as Body, body);
  const split = (path: string): [Body, string] => {
    const keys = path.split('.');
    return [at(keys.slice(0, -1)), keys.at(-1) ?? ''];
  };
  return {
    set(path, value) {
      const [place, key] = split(path);
      place[key] = value;
    },
    drop(path) {
      const [place, key] = split(path);
      delete place[key];
    },
    list: (path) => at(path.split('.')) as unknown as unknown[],
  };
}

const MODEL = 'gpt-5.4';
const HEADERS = {
  authorization: 'Bearer k',
  'x-api-key': 'k',
  'x-goog-api-key': 'k',
  'anthropic-version': '2023-06-01',
};
const SCHEMA = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const THINKING = thinkingOf(MODEL, 0);
const SIGNATURE = signatureOf(MODEL, 0);
const CHANGED = signatureOf(MODEL, 1);

function refusalOf(dialect: Dialect, body: Body): string | undefined {
  try {
    dialect.check({ headers: HEADERS, body });
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

function chat(dialect: Dialect, reply: object = {}, call: object = {}): Body {
  const id = dialect.idPrefix + coreId(MODEL, 0, 0);
  const made = { id, type: 'function', function: { name: 'read_file', arguments: '{"path":"a"}' }, ...call };
  return {
    model: MODEL,
    stream: true,
    messages: [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'read a' },
      { role: 'assistant', content: 'I look.', tool_calls: [made], ...reply },
      { role: 'tool', tool_call_id: id, content: 'hello' },
    ],
    tools: [{ type: 'function', function: { name: 'read_file', description: 'Reads.', parameters: SCHEMA } }],
  };
}

function refuses(dialect: Dialect, valid: () => Body, changes: readonly Change[]): void {
  describe(dialect.name, () => {
    test('takes a conversation as it must be', () => {
      expect(refusalOf(dialect, valid())).toBeUndefined();
      expect(dialect.replies(valid())).toBe(1);
    });

    test.each(changes)('refuses %s', (_, change, words) => {
      const body = structuredClone(valid());
      change(editOf(body));
      expect(refusalOf(dialect, body)).toContain(words);
    });
  });
}

refuses(openaiChat, () => chat(openaiChat), [
  ['a call id of 41 characters', (e) => e.set('messages.2.tool_calls.0.id', 'c'.repeat(41)), '1 to 40 characters'],
  ['a name with a dot', (e) => e.set('messages.2.tool_calls.0.function.name', 'functions.read_file'), 'must match'],
  ['a call without its result', (e) => e.list('messages').pop(), 'no tool message behind them'],
  ['a result without its call', (e) => e.list('messages').splice(2, 1), 'answers no call'],
  [
    'a result behind another message',
    (e) => e.list('messages').splice(3, 0, { role: 'user', content: 'x' }),
    'behind them',
  ],
  [
    'an array without items',
    (e) => e.set('tools.0.function.parameters.properties.path', { type: 'array' }),
    'lacks its items',
  ],
  ['a combinator at the top', (e) => e.set('tools.0.function.parameters.anyOf', [{}]), 'anyOf is not allowed'],
  ['an image of another type', (e) => e.set('messages.1.content', [image('image/bmp')]), 'not an image'],
  ['an empty reply', (e) => e.list('messages').push({ role: 'assistant', content: '' }), 'needs content'],
  ['max_tokens for a reasoning model', (e) => e.set('max_tokens', 100), 'use max_completion_tokens'],
  ['temperature for a reasoning model', (e) => e.set('temperature', 0), 'temperature is not for this model'],
  ['tools for its newest model', (e) => e.set('model', 'gpt-5.6'), 'use /v1/responses'],
]);

refuses(deepseek, () => chat(deepseek, { reasoning_content: THINKING }), [
  ['a call without its reasoning', (e) => e.drop('messages.2.reasoning_content'), 'must be passed back'],
  ['changed reasoning', (e) => e.set('messages.2.reasoning_content', THINKING.trim()), 'was changed'],
  ['the role developer', (e) => e.set('messages.0.role', 'developer'), 'no role developer'],
]);

const thought = { extra_content: { google: { thought_signature: SIGNATURE } } };
refuses(gemini, () => chat(gemini, {}, thought), [
  [
    'a call without its signature',
    (e) => e.drop('messages.2.tool_calls.0.extra_content'),
    'lacks its thought_signature',
  ],
  [
    'a changed signature',
    (e) => e.set('messages.2.tool_calls.0.extra_content.google.thought_signature', CHANGED),
    'not valid',
  ],
  ['an empty turn', (e) => e.set('messages.1.content', ''), 'must not be empty'],
]);

refuses(mistral, () => ({ ...chat(mistral), max_tokens: 100 }), [
  ['an id with a prefix', (e) => e.set('messages.2.tool_calls.0.id', `call_${coreId(MODEL, 0, 0)}`), 'nine of'],
  ['an unknown field', (e) => e.set('stream_options', { include_usage: true }), 'no extra input is permitted'],
  ['an unknown field of a message', (e) => e.set('messages.2.reasoning_content', 'x'), 'no extra input is permitted'],
  [
    'a user behind a result',
    (e) => e.list('messages').push({ role: 'user', content: 'go on' }),
    'cannot follow the role tool',
  ],
  ['a reply at the end', (e) => e.list('messages').push({ role: 'assistant', content: 'x' }), 'last role'],
]);

refuses(vllm, () => chat(vllm), [
  ['two user turns in a row', (e) => e.list('messages').splice(1, 0, { role: 'user', content: 'x' }), 'must alternate'],
  ['a user behind a result', (e) => e.list('messages').push({ role: 'user', content: 'go on' }), 'must alternate'],
  [
    'a system message in the middle',
    (e) => e.list('messages').push({ role: 'system', content: 'x' }),
    'at the beginning',
  ],
  ['broken arguments', (e) => e.set('messages.2.tool_calls.0.function.arguments', '{"path":'), 'no JSON object'],
  ['tools without a parser', (e) => e.set('model', 'text-llama'), 'tool choice requires'],
]);

const responses = (): Body => ({
  ...{ model: MODEL, stream: true, store: false, max_output_tokens: 100, include: ['reasoning.encrypted_content'] },
  input: [
    { role: 'user', content: [{ type: 'input_text', text: 'read a' }] },
    { type: 'reasoning', id: 'rs_0000', summary: [], encrypted_content: SIGNATURE },
    { type: 'function_call', call_id: `call_${coreId(MODEL, 0, 0)}`, name: 'read_file', arguments: '{}' },
    { type: 'function_call_output', call_id: `call_${coreId(MODEL, 0, 0)}`, output: 'hello' },
  ],
  tools: [{ type: 'function', name: 'read_file', parameters: SCHEMA }],
});
refuses(openaiResponses, responses, [
  ['a request that stores', (e) => e.drop('store'), 'store must be false'],
  ['a reference to an item', (e) => e.set('input.1', { type: 'item_reference', id: 'rs_0000' }), 'is not found'],
  ['reasoning without its content', (e) => e.drop('input.1.encrypted_content'), 'is not found'],
  ['changed reasoning', (e) => e.set('input.1.encrypted_content', CHANGED), 'could not be verified'],
  ['a call without its reasoning', (e) => e.list('input').splice(1, 1), 'required reasoning item'],
  ['reasoning without what follows it', (e) => e.list('input').splice(2, 2), 'required following item'],
  ['a call without its output', (e) => e.list('input').pop(), 'no tool output'],
  ['max_tokens', (e) => e.set('max_tokens', 1), 'unknown parameter'],
  ['fewer than 16 output tokens', (e) => e.set('max_output_tokens', 15), 'at least 16'],
]);

const messages = (): Body => ({
  ...{ model: MODEL, max_tokens: 4_096, stream: true, thinking: { type: 'enabled', budget_tokens: 1_024 } },
  system: [{ type: 'text', text: 'be brief', cache_control: { type: 'ephemeral' } }],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'read a' }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: THINKING, signature: SIGNATURE },
        { type: 'tool_use', id: `toolu_${coreId(MODEL, 0, 0)}`, name: 'read_file', input: {} },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: `toolu_${coreId(MODEL, 0, 0)}`, content: 'hello' }],
    },
  ],
  tools: [{ name: 'read_file', input_schema: SCHEMA }],
});
refuses(anthropic, messages, [
  ['a reply as first turn', (e) => e.list('messages').shift(), 'first message'],
  ['a call without its result', (e) => e.list('messages').pop(), 'without tool_result'],
  [
    'a result one turn late',
    (e) => e.list('messages').splice(2, 0, { role: 'user', content: 'x' }),
    'without tool_result',
  ],
  ['text before a result', (e) => e.list('messages.2.content').unshift({ type: 'text', text: 'x' }), 'must come first'],
  ['an id with a colon', (e) => e.set('messages.1.content.1.id', 'read_file:0'), 'must match'],
  ['a call without its thought', (e) => e.list('messages.1.content').shift(), 'expected thinking'],
  ['a changed thought', (e) => e.set('messages.1.content.0.thinking', CHANGED), 'invalid signature'],
  ['a changed signature', (e) => e.set('messages.1.content.0.signature', 'x'), 'invalid signature'],
  ['an empty text', (e) => e.set('messages.0.content.0.text', ''), 'must be non-empty'],
  ['a blank text', (e) => e.set('messages.0.content.0.text', ' \n'), 'non-whitespace'],
  ['a blank at the end', (e) => e.list('messages').push({ role: 'assistant', content: 'so ' }), 'trailing whitespace'],
  ['five breakpoints', (e) => e.list('messages.0.content').push(...Array(4).fill(marked)), 'at most 4'],
  ['no limit of tokens', (e) => e.drop('max_tokens'), 'max_tokens'],
  ['a budget above the limit', (e) => e.set('max_tokens', 1_024), 'greater than thinking.budget_tokens'],
  ['another image type', (e) => e.list('messages.0.content').push(bitmap), 'not an image type'],
  ['a combinator at the top', (e) => e.set('tools.0.input_schema.oneOf', [{}]), 'does not support oneOf'],
  ['a root that is no object', (e) => e.set('tools.0.input_schema.type', 'string'), 'must be object'],
  ['an odd property', (e) => e.set('tools.0.input_schema.properties.a b', {}), 'property keys'],
]);

refuses(
  google,
  () => ({
    model: MODEL,
    contents: [
      { role: 'user', parts: [{ text: 'read a' }] },
      { role: 'model', parts: [{ functionCall: { name: 'read_file', args: {} }, thoughtSignature: SIGNATURE }] },
      { role: 'user', parts: [{ functionResponse: { name: 'read_file', response: { output: 'hello' } } }] },
    ],
  }),
  [
    ['a call without its signature', (e) => e.drop('contents.1.parts.0.thoughtSignature'), 'lacks its'],
    ['a changed signature', (e) => e.set('contents.1.parts.0.thoughtSignature', 'x'), 'not valid'],
    ['a call without its response', (e) => e.list('contents.2.parts').splice(0, 1, { text: 'x' }), 'must equal'],
    ['an empty turn', (e) => e.set('contents.0.parts', []), 'must not be empty'],
  ],
);

// ---

function image(type: string): object {
  return { type: 'image_url', image_url: { url: `data:${type};base64,iVBORw0KGgo=` } };
}

const marked = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
const bitmap = { type: 'image', source: { type: 'base64', media_type: 'image/bmp', data: 'AAAA' } };
