/** What the model in the strict Anthropic server gives, as its event stream. */
import { type Given, isRecord, type Json, pieces } from './dialect.js';

export function anthropicEvents(given: Given, body: Json): string {
  const usage = { input_tokens: 100, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: body.model, content: [] };
  const thinking = isRecord(body.thinking) && body.thinking.type !== 'disabled';
  const blocks = [
    ...(thinking ? [thought(given)] : []),
    ...(given.text === '' ? [] : [block({ type: 'text', text: '' }, texts(given.text))]),
    ...given.calls.map(({ id, name, args }) => block({ type: 'tool_use', id, name, input: {} }, inputs(args))),
  ];
  const stop = { stop_reason: given.finish ?? (given.calls.length > 0 ? 'tool_use' : 'end_turn'), stop_sequence: null };
  return [
    event('message_start', { message: { ...message, stop_reason: null, stop_sequence: null, usage } }),
    event('ping', {}),
    ...blocks.map((events, index) => events(index)),
    event('message_delta', { delta: stop, usage: { output_tokens: 20 } }),
    event('message_stop', {}),
  ].join('');
}

// ---

const event = (type: string, fields: Json): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

function thought({ thinking, signature }: Given): (index: number) => string {
  const deltas = [
    ...pieces(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
    { type: 'signature_delta', signature },
  ];
  return block({ type: 'thinking', thinking: '', signature: '' }, deltas);
}

const texts = (text: string): Json[] => pieces(text).map((piece) => ({ type: 'text_delta', text: piece }));

const inputs = (args: Json): Json[] =>
  pieces(JSON.stringify(args)).map((piece) => ({ type: 'input_json_delta', partial_json: piece }));

const block =
  (content_block: Json, deltas: readonly Json[]) =>
  (index: number): string =>
    [
      event('content_block_start', { index, content_block }),
      ...deltas.map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ].join('');
