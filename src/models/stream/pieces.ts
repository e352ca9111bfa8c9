/**
 * Pieces of one text that a provider streams in an event each. The AI SDK takes far longer for an event than for its text,
 * so pieces of the same text are put together. Only events that carry a piece and nothing else count as one. Pure.
 */
import { isRecord } from '../errors/provider-words.js';
import type { Frame } from './frame-fields.js';
import type { Dialect } from './normalise-frames.js';

export interface Piece {
  /** The same for the pieces of one text. */
  readonly of: string;
  readonly text: string;
  /** The frame of a piece with another text. */
  readonly withText: (frame: Frame, text: string) => Frame;
}

/** @returns undefined for a frame that says more, or something else */
export function pieceIn(frame: Frame, dialect: Dialect): Piece | undefined {
  if (dialect === 'openai') return chatPiece(frame);
  return dialect === 'anthropic' ? blockPiece(frame) : responsePiece(frame);
}

// --- internal ---

const CHUNK: ReadonlySet<string> = new Set(
  'id object created model choices usage system_fingerprint service_tier provider obfuscation'.split(' '),
);
const CHOICE: ReadonlySet<string> = new Set('index delta finish_reason native_finish_reason logprobs'.split(' '));
const TEXTS: ReadonlyMap<string, Piece['withText']> = new Map(
  ['content', 'reasoning_content', 'reasoning'].map((field) => [
    field,
    (frame, text) => withDelta(frame, { [field]: text }),
  ]),
);
const CALL: ReadonlySet<string> = new Set(['index', 'type', 'function']);
const FUNCTION: ReadonlySet<string> = new Set(['arguments']);

function chatPiece(frame: Frame): Piece | undefined {
  const { choices } = frame;
  if (!hasOnly(frame, CHUNK) || !isNothing(frame.usage) || !Array.isArray(choices) || choices.length !== 1) return;
  const choice: unknown = choices[0];
  if (!isRecord(choice) || !hasOnly(choice, CHOICE) || choice.index !== 0) return;
  const { delta } = choice;
  const ends = !isNothing(choice.finish_reason) || !isNothing(choice.native_finish_reason);
  return ends || !isRecord(delta) ? undefined : deltaPiece(delta);
}

function deltaPiece(delta: Frame): Piece | undefined {
  let said: string | undefined;
  for (const key in delta) {
    const value = delta[key];
    if (isNothing(value) || (key === 'role' && value === 'assistant')) continue;
    if (said !== undefined) return;
    said = key;
  }
  if (said === undefined) return;
  const text = delta[said];
  if (said === 'tool_calls') return callPiece(text);
  const withText = TEXTS.get(said);
  return withText && typeof text === 'string' ? { of: said, text, withText } : undefined;
}

/** More of the arguments of a call. Its first piece names it, and is left alone. */
function callPiece(calls: unknown): Piece | undefined {
  const call: unknown = Array.isArray(calls) && calls.length === 1 ? calls[0] : undefined;
  if (!isRecord(call) || !hasOnly(call, CALL) || typeof call.index !== 'number') return;
  if (!isRecord(call.function) || !hasOnly(call.function, FUNCTION)) return;
  const text = call.function.arguments;
  if (typeof text !== 'string') return;
  return { of: `call ${call.index}`, text, withText: withArguments };
}

function withArguments(frame: Frame, text: string): Frame {
  const { tool_calls } = deltaOf(frame);
  const call = Array.isArray(tool_calls) && isRecord(tool_calls[0]) ? tool_calls[0] : {};
  const inner = isRecord(call.function) ? call.function : {};
  return withDelta(frame, { tool_calls: [{ ...call, function: { ...inner, arguments: text } }] });
}

function withDelta(frame: Frame, said: Frame): Frame {
  const choice = choiceOf(frame);
  return { ...frame, choices: [{ ...choice, delta: { ...deltaOf(frame), ...said } }] };
}

function choiceOf({ choices }: Frame): Frame {
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return isRecord(choice) ? choice : {};
}

function deltaOf(frame: Frame): Frame {
  const { delta } = choiceOf(frame);
  return isRecord(delta) ? delta : {};
}

const EVENT: ReadonlySet<string> = new Set(['type', 'index', 'delta']);
const FIELDS: ReadonlyMap<unknown, string> = new Map([
  ['text_delta', 'text'],
  ['input_json_delta', 'partial_json'],
  ['thinking_delta', 'thinking'],
]);

function blockPiece(frame: Frame): Piece | undefined {
  const { type, index, delta } = frame;
  if (type !== 'content_block_delta' || typeof index !== 'number' || !isRecord(delta) || !hasOnly(frame, EVENT)) return;
  const field = FIELDS.get(delta.type);
  const value = field === undefined ? undefined : delta[field];
  if (field === undefined || typeof value !== 'string' || Object.keys(delta).length !== 2) return;
  const withText = (of: Frame, text: string): Frame => ({ ...of, delta: { type: delta.type, [field]: text } });
  return { of: `${index} ${field}`, text: value, withText };
}

const RESPONSE_TEXTS =
  /^response\.(output_text|refusal|function_call_arguments|reasoning_text|reasoning_summary_text)\.delta$/;

function responsePiece(frame: Frame): Piece | undefined {
  const { type, delta, item_id, output_index, content_index, summary_index, logprobs, error } = frame;
  if (typeof type !== 'string' || typeof delta !== 'string' || !RESPONSE_TEXTS.test(type) || error) return;
  if (!isNothing(logprobs) && !(Array.isArray(logprobs) && logprobs.length === 0)) return;
  const of = [type, item_id, output_index, content_index, summary_index].join(' ');
  return { of, text: delta, withText: (first, text) => ({ ...first, delta: text }) };
}

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === '';

function hasOnly(value: Frame, keys: ReadonlySet<string>): boolean {
  for (const key in value) if (!keys.has(key)) return false;
  return true;
}
