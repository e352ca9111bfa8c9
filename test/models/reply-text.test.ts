/**
 * What a reply of a model with native tools means: reasoning in tags is no part of it, a call in text counts where the reply
 * is nothing else, and an answer about calls stays an answer.
 */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import type { ToolSpec } from '../../src/domain/tool.js';
import { errorOf, modelAt, OPENING, question, READ_FILE, serve } from './support.js';

const WRITE: ToolSpec = {
  name: 'write_file',
  description: 'Writes a file.',
  parameters: {
    type: 'object',
    properties: { path: { type: 'string' }, content: { type: 'string' }, mode: { type: 'integer' } },
  },
};

async function said(content: string, messages: readonly Message[] = OPENING, finish?: string) {
  const server = await serve({ content, ...(finish === undefined ? {} : { finish }) });
  return modelAt(server).ask(question({ messages, tools: [READ_FILE, WRITE] }));
}

const CALL = '{"name":"read_file","arguments":{"path":"a"}}';
const EXPLAINED = ['TOOL_CALL: read_file', 'ARGS: {"path":"a"}'];

describe('a reply that is nothing but a call of a tool', () => {
  test.each([
    ['in the text protocol', EXPLAINED.join('\n')],
    ['with an invented observation', `${EXPLAINED.join('\n')}\nOBSERVATION: hello`],
    ['in a code block', `\`\`\`\n${EXPLAINED.join('\n')}\n\`\`\``],
    ['after reasoning', `<think>\nTOOL_CALL: write_file\n</think>\n${EXPLAINED.join('\n')}`],
    ['as JSON', CALL],
    ['as JSON in a code block', `\`\`\`json\n${CALL}\n\`\`\``],
    ['as JSON of another form', '{"tool":"read_file","args":{"path":"a"}}'],
    ['as JSON of the API', `{"type":"function","function":{"name":"read_file","arguments":"{\\"path\\":\\"a\\"}"}}`],
    ['as a list', `[${CALL}]`],
    ['in tags', `<tool_call>\n${CALL}\n</tool_call>`],
    ['in a tag that is never closed', `<tool_call>${CALL}`],
    ['of Qwen', '<tool_call>\n<function=read_file>\n<parameter=path>\na\n</parameter>\n</function>\n</tool_call>'],
    ['of Llama', '<function=read_file>{"path":"a"}</function>'],
    ['of Llama as code', `<|python_tag|>${CALL}`],
    ['of GLM', '<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>a</arg_value>\n</tool_call>'],
    ['of Mistral', `[TOOL_CALLS][${CALL}]`],
    ['of Mistral, newer', '[TOOL_CALLS]read_file[ARGS]{"path":"a"}'],
    [
      'with invoke',
      '<function_calls><invoke name="read_file"><parameter name="path">a</parameter></invoke></function_calls>',
    ],
    ['of gpt-oss', '<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{"path":"a"}<|call|>'],
    ['under another name', '{"name":"functions.read-file","arguments":{"path":"a"}}'],
  ])('%s is that call', async (_, content) => {
    const reply = await said(content);
    expect(reply.calls).toEqual([{ wire_id: 'text_1', name: 'read_file', args: { path: 'a' } }]);
    expect(reply).toMatchObject({ content: '', finish: 'tool-calls' });
  });

  test('or of several', async () => {
    const { calls } = await said(`<tool_call>${CALL}</tool_call>\n<tool_call>${CALL}</tool_call>`);
    expect(calls.map(({ wire_id, name }) => [wire_id, name])).toEqual([
      ['text_1', 'read_file'],
      ['text_2', 'read_file'],
    ]);
  });

  test('has its values in the types that the tool wants', async () => {
    const parameters =
      '<parameter=path>1</parameter><parameter=content>{"a":1}</parameter><parameter=mode>2</parameter>';
    const { calls } = await said(`<function=write_file>${parameters}</function>`);
    expect(calls).toMatchObject([{ name: 'write_file', args: { path: '1', content: '{"a":1}', mode: 2 } }]);
  });

  test.each([
    ['of the text protocol', 'TOOL_CALL: read_file\nARGS: {"path"'],
    ['in tags', '<tool_call>{"name":"read_file","arguments":{"path"</tool_call>'],
  ])('broken %s: the model is told', async (_, content) => {
    expect((await said(content)).calls).toMatchObject([
      { name: 'read_file', args: {}, problem: 'the arguments are not valid JSON' },
    ]);
  });

  test('is no call where the reply was cut', async () => {
    expect(await said('<tool_call>{"name":"read_file","arguments":{"path":"a', OPENING, 'length')).toMatchObject({
      calls: [],
      finish: 'length',
    });
  });
});

describe('a reply that ends in a call of a tool', () => {
  const TOLD = expect.stringContaining('counts only when the reply is nothing but the call');

  test.each([
    ['in the text protocol', `I look.\n${EXPLAINED.join('\n')}\nOBSERVATION: invented`],
    ['in tags', `I look.\n<tool_call>${CALL}</tool_call>`],
  ])('%s: the model is told', async (_, content) => {
    const { calls, content: text } = await said(content);
    expect(calls).toEqual([{ wire_id: 'text_1', name: 'read_file', args: {}, problem: TOLD }]);
    expect(text).toBe('I look.');
  });

  test('is an answer when the model was told and says it again', async () => {
    const content = `Write:\n${EXPLAINED.join('\n')}`;
    const [call] = (await said(content)).calls;
    if (!call) throw new Error('it was not told');
    const messages: Message[] = [
      ...OPENING,
      { role: 'assistant', content: 'Write:', calls: [{ ...call, id: 'u1' }] },
      { role: 'tool', call: 'u1', outcome: 'refused', content: call.problem ?? '' },
    ];
    expect(await said(content, messages)).toMatchObject({ content, calls: [], finish: 'stop' });
  });
});

describe('an answer', () => {
  test.each([
    ['that shows a call in a code block', `Write this:\n\`\`\`\n${EXPLAINED.join('\n')}\n\`\`\`\nand wait.`],
    ['that ends in such a code block', `Write this:\n\`\`\`\n${EXPLAINED.join('\n')}\n\`\`\``],
    ['that shows code spans', 'Write:\n`TOOL_CALL: read_file`\n`ARGS: {"path":"a"}`'],
    ['that quotes a call', `It said:\n> ${EXPLAINED.join('\n> ')}`],
    ['that continues after a call', `It wrote\n${EXPLAINED.join('\n')}\nand got the file.`],
    ['that is JSON', '{"name":"Ada","arguments":["for","against"]}'],
    ['that is JSON of another tool', '{"name":"made_up","arguments":{}}'],
    ['that shows tags in a code block', `Write:\n\`\`\`\n<tool_call>\n${CALL}\n</tool_call>\n\`\`\``],
    ['with a prefix', `FINAL: write\n${EXPLAINED.join('\n')}`],
    ['that speaks of thoughts', 'Models write <think> and </think> around them.'],
  ])('%s stays whole', async (_, content) => {
    expect(await said(content)).toMatchObject({ content, calls: [], finish: 'stop' });
  });

  test('has no reasoning in it, also where no tools are on offer', async () => {
    const content = '<think>\nTOOL_CALL: read_file\nARGS: {}\n</think>\n\nFour.';
    expect(await said(content)).toMatchObject({ content: 'Four.', calls: [] });
    const server = await serve({ content });
    expect(await modelAt(server).ask(question({ tools: [] }))).toMatchObject({ content: 'Four.', calls: [] });
  });
});

test('a reply that is only reasoning is an empty reply', async () => {
  const server = await serve({ content: '<think>hm</think>' });
  const error = await errorOf(modelAt(server).ask(question()));
  expect(error.code).toBe('bad_reply');
  expect(error.message).toContain('only reasoning');
});

test('reasoning that was cut is a cut reply', async () => {
  expect(await said('<think>hm, and then', OPENING, 'length')).toMatchObject({ content: '', finish: 'length' });
});
