/** Prompt caches: a later request begins with the earlier one, and Claude's cache is told where to read and write. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import type { Provider } from '../../src/domain/provider.js';
import type { ToolSpec } from '../../src/domain/tool.js';
import { createModels } from '../../src/models/create-models.js';
import { ANTHROPIC_DONE, CHAT_DONE } from '../support/provider-answers.js';
import { rawServer } from '../support/raw-model.js';
import { KEY, OPENING, question, READ_FILE } from './support.js';

const TOOLS: readonly ToolSpec[] = [READ_FILE, { ...READ_FILE, name: 'list_files' }];

function round(n: number): Message[] {
  const call = { id: `id-${n}`, wire_id: `wire_${n}`, name: 'read_file', args: { path: `${n}` } };
  return [
    { role: 'assistant', content: `Step ${n}.`, calls: [call] },
    { role: 'tool', call: call.id, outcome: 'ok', content: `result ${n}` },
  ];
}

const conversation = (rounds: number): Message[] => [
  ...OPENING,
  ...Array.from({ length: rounds }, (_, n) => round(n)).flat(),
];

/** The bodies of requests after 0, 1, … rounds; each by another worker. */
async function bodies(provider: Provider, model: string, answer: string): Promise<Record<string, unknown>[]> {
  const server = await rawServer([answer]);
  for (let rounds = 0; rounds < 4; rounds++) {
    const models = createModels({ keys: { [provider]: KEY }, endpoints: { [provider]: server.url } });
    const asked = question({ messages: conversation(rounds), tools: TOOLS, cacheKey: 'task-1' });
    await models.open([{ provider, model }], { trustedEndpoint: false }).ask(asked);
  }
  return [...server.bodies];
}

/** A text and a list of that one text are the same content. */
const withoutMarks = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, inner) => {
    if (key === 'cache_control') return undefined;
    return key === 'content' && typeof inner === 'string' ? [{ type: 'text', text: inner }] : inner;
  });

const marks = (value: unknown): number => JSON.stringify(value).split('"cache_control"').length - 1;

describe.each([
  ['anthropic', 'claude-sonnet-5-5', ANTHROPIC_DONE],
  ['litellm', 'gpt-x', CHAT_DONE],
  ['litellm', 'claude-sonnet-5-5', CHAT_DONE],
  ['openrouter', 'anthropic/claude-sonnet-5.5', CHAT_DONE],
] as const)('%s with %s', (provider, model, answer) => {
  test('each request begins with the one before it, also from another worker', async () => {
    const all = await bodies(provider, model, answer);
    for (let n = 1; n < all.length; n++) {
      const { messages: before, ...rest } = withoutMarks(all[n - 1]) as { messages: unknown[] };
      const { messages: now, ...same } = withoutMarks(all[n]) as { messages: unknown[] };
      expect(JSON.stringify(now).startsWith(JSON.stringify(before).slice(0, -1))).toBe(true);
      expect(JSON.stringify(same)).toBe(JSON.stringify(rest));
    }
  });
});

test('Anthropic: instructions, the last tool, the end of the conversation, and its end in the request before', async () => {
  const all = await bodies('anthropic', 'claude-sonnet-5-5', ANTHROPIC_DONE);
  const { system, tools, messages } = all[3] as { system: unknown; tools: unknown[]; messages: unknown[] };
  expect(marks(system)).toBe(1);
  expect(tools.map(marks)).toEqual([0, 1]);
  expect(messages.map(marks)).toEqual([0, 0, 0, 0, 1, 0, 1]);
  for (const body of all) expect(marks(body)).toBeLessThanOrEqual(4);
});

test.each([
  ['openrouter', 'anthropic/claude-sonnet-5.5'],
  ['litellm', 'claude-sonnet-5-5'],
] as const)('Claude through %s: the same places but the tools', async (provider, model) => {
  const { tools, messages } = (await bodies(provider, model, CHAT_DONE))[3] as { tools: unknown; messages: unknown[] };
  expect(marks(tools)).toBe(0);
  expect(messages.map(marks)).toEqual([1, 0, 0, 0, 0, 1, 0, 1]);
});

test.each([
  ['openrouter', 'openai/gpt-x'],
  ['litellm', 'gpt-x'],
] as const)('a model of %s that caches by itself gets no marks', async (provider, model) => {
  expect(marks(await bodies(provider, model, CHAT_DONE))).toBe(0);
});
