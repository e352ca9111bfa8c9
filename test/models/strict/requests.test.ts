/** One model of each provider against its strict server: what is odd in tools and in the conversation does not arrive there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../../src/domain/conversation.js';
import type { Provider } from '../../../src/domain/provider.js';
import type { ToolSpec } from '../../../src/domain/tool.js';
import { type StrictServer, startStrictServer } from '../../support/strict/server.js';
import { reader } from '../../support/strict/stage.js';
import { modelAt, OPENING, question, READ_FILE } from '../support.js';

const PROVIDERS: readonly [path: string, provider: Provider][] = [
  ['/openai', 'openai'],
  ['/anthropic', 'anthropic'],
  ['/google', 'google'],
  ['/gemini/v1beta/openai', 'litellm'],
  ['/deepseek/v1', 'deepseek'],
  ['/mistral', 'mistral'],
  ['/vllm', 'litellm'],
];

const tool = (name: string, parameters: ToolSpec['parameters']): ToolSpec => ({
  name,
  description: 'Odd.',
  parameters,
});

const ODD_TOOLS: readonly ToolSpec[] = [
  tool('no_type', { properties: { a: { type: 'string' } } }),
  tool('no_items', { type: 'object', properties: { list: { type: 'array' }, deep: { type: ['array', 'null'] } } }),
  tool('choice', { type: 'object', anyOf: [{ required: ['a'] }, { required: ['b'] }], properties: { a: {}, b: {} } }),
  tool('odd_keys', { type: 'object', properties: { 'a b': { type: 'string' }, $top: {}, ['k'.repeat(80)]: {} } }),
  tool('reference', {
    type: 'object',
    properties: { node: { $ref: '#/$defs/node' } },
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, when: { format: 'moment' } } } },
  }),
];

const image = (type: string) => ({ image_url: { url: `data:${type};base64,iVBORw0KGgo=` } });
const ODD_TALK: readonly Message[] = [
  { role: 'system', content: 'be brief' },
  { role: 'user', content: '' },
  { role: 'user', content: 'half \ud83d of a bird' },
  { role: 'assistant', content: ' \n' },
  { role: 'user', content: 'look', parts: [{ text: 'look' }, image('image/bmp'), image('image/png'), { text: '' }] },
  {
    role: 'assistant',
    content: '',
    calls: [{ id: '11111111-aaaa', wire_id: 'a:1', name: 'a.b', args: { '\udc26': 1 } }],
  },
  { role: 'tool', call: '11111111-aaaa', outcome: 'failed', content: '' },
  { role: 'assistant', content: 'cut here, ' },
  { role: 'user', content: 'go on' },
];

let strict: StrictServer;
beforeAll(async () => {
  strict = await startStrictServer();
  strict.add('m', reader(9));
});
afterAll(() => strict.close());

describe.each(PROVIDERS)('%s', (path, provider) => {
  const ask = (parts: Parameters<typeof question>[0]) =>
    modelAt({ url: strict.url + path }, provider).ask(question({ maxOutputTokens: 4_096, ...parts }));

  test('takes the tools of any MCP server', async () => {
    expect(await ask({ tools: [READ_FILE, ...ODD_TOOLS] })).toMatchObject({ finish: 'tool-calls' });
  });

  test('takes any conversation, also without tools', async () => {
    const messages = ODD_TALK.filter((message) => !isUnknown(path, message));
    expect(await ask({ messages })).toMatchObject({ content: expect.stringContaining('Step ') });
    expect(await ask({ messages, tools: [] })).toMatchObject({ content: expect.stringContaining('Step ') });
  });
});

/** DeepSeek reads no images; it and Gemini want what another model's calls do not have, and know it by the model's name. */
function isUnknown(path: string, message: Message): boolean {
  const isCall = message.role === 'tool' || (message.role === 'assistant' && message.calls !== undefined);
  if (path === '/deepseek/v1') return isCall || 'parts' in message;
  return path.startsWith('/gemini') && isCall;
}

test('a limit that a reasoning model wants under another name is learned once', async () => {
  strict.add('gpt-5.4-learned', reader(9));
  const { ask } = await learner();
  await ask();
  const before = strict.refusalsOf('gpt-5.4-learned').length;
  await ask();
  expect(before).toBeLessThanOrEqual(1);
  expect(strict.refusalsOf('gpt-5.4-learned')).toHaveLength(before);
});

async function learner(): Promise<{ ask(): Promise<unknown> }> {
  const { createModels } = await import('../../../src/models/create-models.js');
  const models = createModels({
    keys: { litellm: 'sk-strict-0123456789' },
    endpoints: { litellm: `${strict.url}/openai` },
  });
  const model = models.open([{ provider: 'litellm', model: 'gpt-5.4-learned' }], { trustedEndpoint: false });
  return { ask: () => model.ask(question({ messages: OPENING, maxOutputTokens: 4_096 })) };
}
