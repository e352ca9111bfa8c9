/**
 * Corrections of a request body that no package offers: what an endpoint was learned to want, and marks in the place that its
 * API documents. Only for bodies of OpenAI's chat completions.
 */
import { isRecord, parseJson } from '../errors/provider-words.js';
import type { Fetch } from '../exchange.js';

/** How an endpoint differs from what its adapter sends. */
export interface BodyRules {
  /** The limit of output tokens is called `max_completion_tokens`. */
  readonly maxCompletionTokens: boolean;
  /** Each earlier reply with calls must have `reasoning_content`, also one of another model. */
  readonly wantsReasoning: boolean;
  /** Each earlier call must have a thought signature, also one of another model. */
  readonly wantsSignature: boolean;
}

/** `marksInParts`: cache marks of tool results belong to a part of their content, not to the message. */
export type Corrections = BodyRules & { readonly marksInParts: boolean };

/** A `fetch` that corrects the body before it leaves; the same `fetch` where there is nothing to correct. */
export function withBodyRules(fetch: Fetch, rules: Corrections): Fetch {
  const { maxCompletionTokens, wantsReasoning, wantsSignature, marksInParts } = rules;
  if (!(maxCompletionTokens || wantsReasoning || wantsSignature || marksInParts)) return fetch;
  return (url, init) => {
    const body = typeof init?.body === 'string' ? parseJson(init.body) : undefined;
    if (!isRecord(body) || !Array.isArray(body.messages)) return fetch(url, init);
    const messages = body.messages.map((message) => (isRecord(message) ? corrected(message, rules) : message));
    return fetch(url, { ...init, body: JSON.stringify({ ...withLimit(body, rules), messages }) });
  };
}

// --- internal ---

type Json = Record<string, unknown>;

function withLimit({ max_tokens, ...body }: Json, { maxCompletionTokens }: BodyRules): Json {
  if (max_tokens === undefined) return body;
  return maxCompletionTokens ? { ...body, max_completion_tokens: max_tokens } : { ...body, max_tokens };
}

function corrected(message: Json, { wantsReasoning, wantsSignature, marksInParts }: Corrections): Json {
  if (message.role === 'tool' && marksInParts) return markedInPart(message);
  if (message.role !== 'assistant' || !Array.isArray(message.tool_calls)) return message;
  const reasoning = wantsReasoning && message.reasoning_content === undefined ? { reasoning_content: '' } : {};
  const calls = wantsSignature ? { tool_calls: message.tool_calls.map(signed) } : {};
  return { ...message, ...reasoning, ...calls };
}

/** What Google documents for calls that none of its models made. */
const UNSIGNED = { google: { thought_signature: 'skip_thought_signature_validator' } };

function signed(call: unknown): unknown {
  return isRecord(call) && call.extra_content === undefined ? { ...call, extra_content: UNSIGNED } : call;
}

function markedInPart(message: Json): Json {
  const { cache_control, ...unmarked } = message;
  if (!cache_control) return message;
  // In its place: the request must begin with the one before it.
  return { ...unmarked, content: [{ type: 'text', text: unmarked.content, cache_control }] };
}
