/**
 * One whole JSON completion as the event stream that it would have been: some endpoints answer a request for a stream
 * with plain JSON, and asking a second time would pay twice. Pure.
 */
import type { ProviderConnection } from '../connection.js';
import { isRecord } from '../errors/provider-words.js';
import type { Frame } from './frame-fields.js';
import type { Dialect } from './normalise-frames.js';

const RAW: ReadonlySet<string> = new Set(['responses', 'azure', 'google', 'vertex', 'bedrock', 'xai']);

export function baseDialect({ adapter }: ProviderConnection): Dialect {
  if (adapter === 'anthropic') return 'anthropic';
  return RAW.has(adapter) ? 'raw' : 'openai';
}

/** @returns undefined when the body is not a completion that this module knows. */
export function wholeAsEvents(dialect: Dialect, body: Record<string, unknown>): Frame[] | undefined {
  if (dialect === 'raw') return undefined;
  return dialect === 'anthropic' ? anthropicEvents(body) : openaiEvents(body);
}

// --- internal ---

/** The whole message is one delta, with reasoning, refusal and what else the provider put into it. */
function openaiEvents(body: Record<string, unknown>): Frame[] | undefined {
  const choice = Array.isArray(body.choices) ? (body.choices[0] as unknown) : undefined;
  if (!isRecord(choice) || !isRecord(choice.message)) return undefined;
  const { choices: _, object: __, ...head } = body;
  const { message, ...rest } = choice;
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.map(indexed) : [];
  const delta = { ...message, ...(calls.length > 0 && { tool_calls: calls }) };
  const finish = choice.finish_reason || (calls.length > 0 ? 'tool_calls' : 'stop');
  return [{ ...head, choices: [{ ...rest, delta, finish_reason: finish }] }];
}

const indexed = (call: unknown, index: number): unknown => (isRecord(call) ? { ...call, index } : call);

function anthropicEvents(body: Record<string, unknown>): Frame[] | undefined {
  const content = typeof body.content === 'string' ? [{ type: 'text', text: body.content }] : body.content;
  if (!Array.isArray(content)) return undefined;
  const blocks = content.filter(isRecord);
  const stop_reason = body.stop_reason || (blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn');
  const delta = { stop_reason, stop_sequence: body.stop_sequence ?? null };
  return [
    { type: 'message_start', message: body },
    ...blocks.flatMap(blockEvents),
    { type: 'message_delta', delta, usage: body.usage },
    { type: 'message_stop' },
  ];
}

function blockEvents(block: Record<string, unknown>, index: number): Frame[] {
  const { start, deltas } = inPieces(block);
  return [
    { type: 'content_block_start', index, content_block: start },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

interface Pieces {
  readonly start: Record<string, unknown>;
  readonly deltas: readonly Record<string, unknown>[];
}

function inPieces(block: Record<string, unknown>): Pieces {
  if (block.type === 'text') return { start: { type: 'text' }, deltas: [{ type: 'text_delta', text: block.text }] };
  if (block.type === 'thinking') {
    const thinking = { type: 'thinking_delta', thinking: block.thinking };
    const signature = block.signature ? [{ type: 'signature_delta', signature: block.signature }] : [];
    return { start: { type: 'thinking' }, deltas: [thinking, ...signature] };
  }
  if (block.type !== 'tool_use') return { start: block, deltas: [] };
  const { input, ...start } = block;
  return { start, deltas: [{ type: 'input_json_delta', partial_json: input ?? {} }] };
}
