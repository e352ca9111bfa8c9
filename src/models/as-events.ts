/**
 * One whole JSON completion as the event stream that it would have been: some endpoints answer a request for a stream
 * with plain JSON, and asking a second time would pay twice. Pure.
 */
import type { ProviderConnection } from './connection.js';
import { isRecord } from './provider-words.js';

/** `raw`: passed on as it comes. */
export type Dialect = 'openai' | 'anthropic' | 'raw';

const RAW: ReadonlySet<string> = new Set(['responses', 'azure', 'google', 'vertex', 'bedrock', 'xai']);

export function baseDialect({ adapter }: ProviderConnection): Dialect {
  if (adapter === 'anthropic') return 'anthropic';
  return RAW.has(adapter) ? 'raw' : 'openai';
}

/** @returns undefined when the body is not a completion. */
export function wholeAsEvents(dialect: Dialect, body: Record<string, unknown>): string | undefined {
  const events = dialect === 'anthropic' ? anthropicEvents(body) : openaiEvents(body);
  return events?.join('');
}

// --- internal ---

function openaiEvents(body: Record<string, unknown>): string[] | undefined {
  const choice = Array.isArray(body.choices) ? (body.choices[0] as unknown) : undefined;
  if (!isRecord(choice) || !isRecord(choice.message)) return undefined;
  const { role: _, ...message } = choice.message;
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.map(indexed) : undefined;
  const delta = { ...message, ...(calls ? { tool_calls: calls } : {}) };
  const head = { id: body.id, created: body.created, model: body.model };
  const finish = choice.finish_reason ?? (calls?.length ? 'tool_calls' : 'stop');
  return [
    data({ ...head, choices: [{ index: 0, delta, finish_reason: finish }] }),
    data({ ...head, choices: [], usage: body.usage }),
    'data: [DONE]\n\n',
  ];
}

function indexed(call: unknown, index: number): unknown {
  if (!isRecord(call) || !isRecord(call.function)) return call;
  const args = call.function.arguments;
  const text = typeof args === 'string' ? args : JSON.stringify(args ?? {});
  return { ...call, index, function: { ...call.function, arguments: text } };
}

function anthropicEvents(body: Record<string, unknown>): string[] | undefined {
  if (!Array.isArray(body.content)) return undefined;
  const blocks = body.content.filter(isRecord).filter(({ type }) => type === 'text' || type === 'tool_use');
  const usage = isRecord(body.usage) ? body.usage : { input_tokens: 0, output_tokens: 0 };
  const stop = {
    stop_reason: body.stop_reason ?? (blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn'),
  };
  return [
    event('message_start', { message: { ...body, content: [], stop_reason: null, usage } }),
    ...blocks.flatMap(blockEvents),
    event('message_delta', { delta: { ...stop, stop_sequence: body.stop_sequence ?? null }, usage }),
    event('message_stop', {}),
  ];
}

function blockEvents(block: Record<string, unknown>, index: number): string[] {
  const isText = block.type === 'text';
  const start = isText ? { type: 'text', text: '' } : { type: 'tool_use', id: block.id, name: block.name, input: {} };
  const delta = isText
    ? { type: 'text_delta', text: block.text }
    : { type: 'input_json_delta', partial_json: JSON.stringify(block.input ?? {}) };
  return [
    event('content_block_start', { index, content_block: start }),
    event('content_block_delta', { index, delta }),
    event('content_block_stop', { index }),
  ];
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const event = (type: string, fields: object): string => `event: ${type}\n${data({ type, ...fields })}`;
