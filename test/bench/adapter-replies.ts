/**
 * One reply of the adapter's benchmark as each protocol streams it: some tokens in each event, text, one call, and the
 * thinking before them where the name of the model asks for it. Pure.
 */
import { ANSWER, FILE } from './work.js';

/** A model of this name thinks before it answers. */
export const THINKING = 'claude-thinking';

/** The events of the reply at that path. */
export function replyEvents(path: string, model: string): string[] {
  const thinking = model === THINKING;
  if (path.endsWith('/messages')) return anthropicEvents(model, thinking);
  return path.endsWith('/responses') ? responsesEvents(model, thinking) : chatEvents(model, thinking);
}

export const SIGNATURE = Buffer.from(ANSWER.slice(0, 384)).toString('base64');

// ---

/** About four tokens, as much as providers send at once. */
const PIECE = 16;
const CALL = { id: 'call_next', name: 'read_file' };
const ARGUMENTS = JSON.stringify({ path: FILE, limit: 10_000 });
const THOUGHT = ANSWER.slice(0, 1_024);

const pieces = (text: string): string[] => text.match(new RegExp(`.{1,${PIECE}}`, 'gs')) ?? [];

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

function chatEvents(model: string, thinking: boolean): string[] {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_795_000_000, model };
  const chunk = (delta: object, finish: string | null = null): string =>
    data({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
  const { id, name } = CALL;
  return [
    chunk({ role: 'assistant', content: '' }),
    ...(thinking ? pieces(THOUGHT).map((piece) => chunk({ reasoning_content: piece })) : []),
    ...pieces(ANSWER).map((piece) => chunk({ content: piece })),
    chunk({ tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: '' } }] }),
    ...pieces(ARGUMENTS).map((piece) => chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
    chunk({}, 'tool_calls'),
    data({ ...head, choices: [], usage: { prompt_tokens: 30_000, completion_tokens: 600, total_tokens: 30_600 } }),
    'data: [DONE]\n\n',
  ];
}

function anthropicEvents(model: string, thinking: boolean): string[] {
  const event = (type: string, fields: object): string => `event: ${type}\n${data({ type, ...fields })}`;
  const usage = { input_tokens: 30, cache_read_input_tokens: 30_000, cache_creation_input_tokens: 600 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null };
  let index = 0;
  const block = (start: object, deltas: readonly object[]): string[] => {
    const at = { index: index++ };
    return [
      event('content_block_start', { ...at, content_block: start }),
      ...deltas.map((delta) => event('content_block_delta', { ...at, delta })),
      event('content_block_stop', at),
    ];
  };
  const thoughts = pieces(THOUGHT).map((piece) => ({ type: 'thinking_delta', thinking: piece }));
  const signed = [...thoughts, { type: 'signature_delta', signature: SIGNATURE }];
  return [
    event('message_start', { message: { ...message, stop_sequence: null, usage: { ...usage, output_tokens: 1 } } }),
    ...(thinking ? block({ type: 'thinking', thinking: '', signature: '' }, signed) : []),
    ...block(
      { type: 'text', text: '' },
      pieces(ANSWER).map((text) => ({ type: 'text_delta', text })),
    ),
    ...block(
      { type: 'tool_use', ...CALL, input: {} },
      pieces(ARGUMENTS).map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    ),
    event('message_delta', {
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { ...usage, output_tokens: 600 },
    }),
    event('message_stop', {}),
  ];
}

function responsesEvents(model: string, thinking: boolean): string[] {
  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: 1_795_000_000,
    model,
    output: [],
    service_tier: null,
  };
  let sequence = 0;
  let output = 0;
  const event = (type: string, fields: object): string =>
    `event: response.${type}\n${data({ type: `response.${type}`, sequence_number: sequence++, ...fields })}`;
  const item = (start: object, middle: (at: object) => string[], whole: object): string[] => {
    const at = { output_index: output++ };
    return [
      event('output_item.added', { ...at, item: start }),
      ...middle(at),
      event('output_item.done', { ...at, item: whole }),
    ];
  };
  const reasoning = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: SIGNATURE };
  const text = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  const call = { id: 'fc_1', type: 'function_call', call_id: CALL.id, name: CALL.name };
  const said = { type: 'output_text', text: ANSWER, annotations: [], logprobs: [] };
  const deltas = (type: string, whole: string, at: object): string[] =>
    pieces(whole).map((delta) => event(`${type}.delta`, { ...at, delta, obfuscation: 'x'.repeat(8) }));
  const usage = { input_tokens: 30_000, output_tokens: 600, total_tokens: 30_600 };
  return [
    event('created', { response: { ...response, status: 'in_progress' } }),
    ...(thinking ? item(reasoning, () => [], reasoning) : []),
    ...item(text, (at) => deltas('output_text', ANSWER, { ...at, item_id: 'msg_1', content_index: 0, logprobs: [] }), {
      ...text,
      status: 'completed',
      content: [said],
    }),
    ...item(
      { ...call, arguments: '', status: 'in_progress' },
      (at) => deltas('function_call_arguments', ARGUMENTS, { ...at, item_id: 'fc_1' }),
      { ...call, arguments: ARGUMENTS, status: 'completed' },
    ),
    event('completed', { response: { ...response, status: 'completed', usage } }),
  ];
}
