/** Models without native tools get and speak the text protocol; models with them may slip into it. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import type { LlmRequest, Script } from '../support/llm-server.js';
import { modelAt, OPENING, question, serve } from './support.js';

const TEXT_CALL = { content: 'I look.\nTOOL_CALL: read_file\nARGS: {"path":"a"}\nOBSERVATION: invented' };

const ANSWERED: readonly Message[] = [
  ...OPENING,
  {
    role: 'assistant',
    content: 'I look.',
    calls: [
      { id: 'u1', wire_id: 'text_1', name: 'read_file', args: { path: 'a' } },
      { id: 'u2', wire_id: 'text_2', name: 'read_file', args: { path: 'b' } },
    ],
  },
  { role: 'tool', call: 'u1', outcome: 'ok', content: 'hello' },
  { role: 'tool', call: 'u2', outcome: 'failed', content: 'no such file' },
];

describe.each(['m', 'litellm:m'])('a model named as %s', (name) => {
  test('gets no tools but instructions, and the conversation as text with alternating roles', async () => {
    const server = await serve({ content: 'FINAL: done' });
    const model = modelAt(server, 'litellm', { textProtocol: [name] });
    const reply = await model.ask(question({ messages: ANSWERED }));
    expect(reply).toMatchObject({ content: 'FINAL: done', calls: [], finish: 'stop' });
    const [request] = server.requests;
    expect(request?.body).not.toHaveProperty('tools');
    expect(request?.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', expect.stringMatching(/be brief[\s\S]*TOOL_CALL:[\s\S]*read_file/)],
      ['user', 'read a'],
      ['assistant', 'I look.\nTOOL_CALL: read_file\nARGS: {"path":"a"}\nTOOL_CALL: read_file\nARGS: {"path":"b"}'],
      ['user', 'OBSERVATION: hello\n\nOBSERVATION: Tool failed with error: no such file'],
    ]);
  });
});

test('a call written as text is a call, and what the model invents after it is not', async () => {
  const server = await serve(TEXT_CALL);
  const reply = await modelAt(server, 'litellm', { textProtocol: ['m'] }).ask(question());
  expect(reply).toMatchObject({
    content: 'I look.',
    calls: [{ wire_id: 'text_1', name: 'read_file', args: { path: 'a' } }],
    finish: 'tool-calls',
  });
});

test('a broken call is told to the model', async () => {
  const server = await serve({ content: 'TOOL_CALL: read_file\nARGS: {"path"' });
  const text = await modelAt(server, 'litellm', { textProtocol: ['m'] }).ask(question());
  expect(text.calls).toEqual([
    { wire_id: 'text_1', name: 'read_file', args: {}, problem: 'the arguments are not valid JSON' },
  ]);
});

test('a call of a tool that is not there is told to the model', async () => {
  const server = await serve({ content: '<tool_call>{"name":"made_up","arguments":{}}</tool_call>' });
  const text = await modelAt(server, 'litellm', { textProtocol: ['m'] }).ask(question());
  expect(text.calls).toMatchObject([{ name: 'made_up', args: {} }]);
});

test('without tools on offer nothing is read as a call', async () => {
  const server = await serve(TEXT_CALL);
  expect(await modelAt(server).ask(question({ tools: [] }))).toMatchObject({ ...TEXT_CALL, calls: [] });
});

describe('a provider that says the model takes no tools', () => {
  const ollama = ({ tools }: LlmRequest): Script =>
    tools.length > 0
      ? { status: 400, body: { error: { message: 'registry.ollama.ai/library/gemma:2b does not support tools' } } }
      : TEXT_CALL;

  test('is asked again in text, and from then on only in text', async () => {
    const server = await serve(ollama);
    const model = modelAt(server, 'ollama');
    expect((await model.ask(question())).calls).toHaveLength(1);
    expect(server.requests).toHaveLength(2);
    await model.ask(question());
    expect(server.requests).toHaveLength(3);
  });
});
