/** The tools of a request are told in the words that every provider accepts, in each dialect and in the text protocol. */
import { expect, test } from 'vitest';
import type { ToolSpec } from '../../src/domain/tool.js';
import { modelAt, question, serve } from './support.js';

const ODD: ToolSpec = {
  name: 'odd',
  description: 'Odd.',
  parameters: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    oneOf: [{ type: 'object', properties: { 'a b': { type: 'array' } }, required: ['a b'] }],
  },
};
const TOLD = { type: 'object', properties: { a_b: { type: 'array', items: {} } }, required: ['a_b'] };

test.each([
  ['litellm', { function: { name: 'odd', parameters: TOLD } }],
  ['anthropic', { name: 'odd', input_schema: TOLD }],
] as const)('by %s', async (provider, tool) => {
  const server = await serve({ content: 'Four.' });
  await modelAt(server, provider).ask(question({ tools: [ODD] }));
  expect(server.requests[0]?.tools).toMatchObject([tool]);
  expect(JSON.stringify(server.requests[0]?.tools)).not.toMatch(/oneOf|\$schema/);
});

test('in the text protocol', async () => {
  const server = await serve({ content: 'Four.' });
  await modelAt(server, 'litellm', { textProtocol: ['m'] }).ask(question({ tools: [ODD] }));
  expect(server.requests[0]?.messages[0]?.content).toContain(JSON.stringify(TOLD));
});
