/**
 * The one place where the odd fields of a provider's stream are corrected before the AI SDK sees them, and where an error
 * inside a stream is found.
 */

import { isRecord } from '../errors/provider-words.js';
import type { Frame } from './frame-fields.js';
import { anthropicNormaliser } from './normalise-anthropic.js';
import { openaiNormaliser } from './normalise-openai.js';

/** `raw`: the frames belong to a protocol that its own package reads, and are passed on as they come. */
export type Dialect = 'openai' | 'anthropic' | 'raw';

/** One for each stream. It returns undefined for a frame that says nothing, and throws `UnreadableField`. */
export function frameNormaliser(dialect: Dialect): (frame: Frame) => Frame | undefined {
  if (dialect === 'anthropic') return anthropicNormaliser();
  return dialect === 'openai' ? openaiNormaliser() : (frame) => frame;
}

/** The error in a frame, or in a whole body: beside the choices, inside one, or the frame itself; else undefined. */
export function errorIn(frame: Frame, event?: string): unknown {
  if (isError(frame.error)) return frame;
  if (event === 'error' || frame.type === 'error' || frame.object === 'error') return frame;
  // OpenAI's responses protocol, and MiniMax.
  if (isRecord(frame.response) && isError(frame.response.error)) return frame.response;
  if (isRecord(frame.base_resp) && Number(frame.base_resp.status_code ?? 0) !== 0) return frame;
  // DashScope: `{code, message, request_id}`.
  if (isError(frame.code) && isError(frame.message) && !('choices' in frame)) return frame;
  const choices = Array.isArray(frame.choices) ? frame.choices : [];
  return choices.filter(isRecord).find((choice) => isError(choice.error))?.error;
}

// --- internal ---

const isError = (value: unknown): boolean =>
  (isRecord(value) && Object.keys(value).length > 0) ||
  (typeof value === 'string' && value !== '') ||
  Array.isArray(value);
