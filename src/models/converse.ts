/**
 * One request to one provider through the AI SDK: always streamed, always exactly one HTTP request, never retried.
 * Independent of the conversation; returns the model's reply.
 */

import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type FinishReason, jsonSchema, type LanguageModel, type ModelMessage, streamText, type ToolSet } from 'ai';
import { RookeryError } from '../domain/errors.js';
import type { Finish } from '../domain/finish.js';
import { providerRow } from '../domain/provider.js';
import { NO_USAGE, type Usage } from '../domain/task.js';
import type { ToolSpec } from '../domain/tool.js';
import type { ProviderConnection } from './connection.js';
import { type Fetch, oneRequest } from './exchange.js';
import { badReply, type Peer, unsendable } from './failures.js';
import type { ModelRequest, Reply, RequestedCall } from './model.js';
import { isRecord } from './provider-words.js';

export interface Talk {
  readonly instructions: string | undefined;
  readonly messages: ModelMessage[];
  readonly tools: readonly ToolSpec[];
}

export interface RequestMessage {
  readonly connection: ProviderConnection;
  readonly peer: Peer;
  readonly fetch: Fetch;
}

export type Spoken = Omit<Reply, 'provider' | 'model'>;

/** Throws a `RookeryError` with a provider code, or the reason of the signal. */
export async function converse(line: RequestMessage, talk: Talk, question: ModelRequest): Promise<Spoken> {
  const { signal } = question;
  signal.throwIfAborted();
  const exchange = oneRequest(line.connection, line.peer, line.fetch);
  try {
    const heard = await listen(languageModel(line.connection, exchange.fetch), talk, question);
    return understood(heard, line.peer);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw (
      rookeryErrorIn(error) ??
      (exchange.sent() ? badReply(line.peer, 'a reply that broke off or is malformed') : unsendable(line.peer, error))
    );
  }
}

// --- internal ---

// Warnings would go to stderr and may quote the request.
globalThis.AI_SDK_LOG_WARNINGS = false;

interface Heard {
  text: string;
  readonly calls: { toolCallId: string; toolName: string; input: unknown }[];
  usage: Usage;
  finish: FinishReason;
  /** The provider's own word. */
  raw: string | undefined;
}

async function listen(model: LanguageModel, talk: Talk, question: ModelRequest): Promise<Heard> {
  const { stream } = streamText({
    model,
    messages: talk.messages,
    maxRetries: 0,
    maxOutputTokens: question.maxOutputTokens,
    abortSignal: question.signal,
    onError: () => undefined,
    ...(talk.instructions === undefined ? {} : { instructions: talk.instructions }),
    ...(talk.tools.length === 0 ? {} : { tools: toolSet(talk.tools) }),
  });
  const heard: Heard = { text: '', calls: [], usage: NO_USAGE, finish: 'interrupted', raw: undefined };
  for await (const part of stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') question.signal.throwIfAborted();
    if (part.type === 'text-delta') {
      heard.text += part.text;
      question.onText?.(heard.text);
    } else if (part.type === 'tool-call') heard.calls.push(part);
    else if (part.type === 'finish-step') {
      heard.finish = part.finishReason;
      heard.raw = part.rawFinishReason;
      heard.usage = toUsage(part.usage);
    }
  }
  return heard;
}

function understood(heard: Heard, peer: Peer): Spoken {
  const { text, usage, finish } = heard;
  if (finish === 'interrupted') throw badReply(peer, 'a reply that broke off');
  if (finish === 'error') throw badReply(peer, 'a reply that ended in an error', { usage, empty: false });
  const calls = heard.calls.map((call) => toCall(call, finish === 'length'));
  const end = OWN_ENDS[heard.raw ?? ''] ?? finish;
  if (text.trim() === '' && calls.length === 0 && (end === 'stop' || end === 'tool-calls' || end === 'other')) {
    throw badReply(peer, `an empty reply (${heard.raw ?? finish})`, { usage, empty: true });
  }
  return {
    content: text,
    calls,
    usage,
    finish: calls.length > 0 && (end === 'stop' || end === 'other') ? 'tool-calls' : end,
  };
}

/** What the AI SDK's own reasons do not tell apart. */
const OWN_ENDS: Readonly<Record<string, Finish>> = {
  pause_turn: 'pause',
  refusal: 'refusal',
  model_context_window_exceeded: 'overflow',
};

function toCall(call: Heard['calls'][number], cut: boolean): RequestedCall {
  const base = { wire_id: call.toolCallId, name: call.toolName };
  if (isRecord(call.input)) return { ...base, args: call.input };
  const why = cut ? '; the reply was cut at the limit of output tokens' : '';
  return { ...base, args: {}, problem: `the arguments are not a JSON object${why}` };
}

function toUsage(usage: { inputTokens?: number; outputTokens?: number; totalTokens?: number }): Usage {
  const input_tokens = usage.inputTokens ?? 0;
  const output_tokens = usage.outputTokens ?? 0;
  return { input_tokens, output_tokens, total_tokens: usage.totalTokens ?? input_tokens + output_tokens };
}

function toolSet(tools: readonly ToolSpec[]): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => [name, { description, inputSchema: jsonSchema(parameters) }]),
  );
}

/** Base URL and key are always given: left out, the SDK would read them from the environment. */
function languageModel({ provider, model, baseUrl }: ProviderConnection, fetch: Fetch): LanguageModel {
  const common = { baseURL: baseUrl, apiKey: 'set-by-exchange', fetch };
  const { adapter } = providerRow(provider);
  if (adapter === 'openai') return createOpenAI(common).chat(model);
  if (adapter === 'anthropic') return createAnthropic(common)(model);
  return createOpenAICompatible({
    ...common,
    name: provider,
    includeUsage: true,
    // Otherwise the SDK would download the images of a conversation itself, from wherever they are.
    supportedUrls: () => ({ 'image/*': [/^https?:/] }),
    ...(provider === 'openrouter' && {
      headers: { 'HTTP-Referer': 'http://localhost', 'X-Title': 'Rookery' },
    }),
  }).chatModel(model);
}

/** The SDK wraps what our own fetch throws. */
function rookeryErrorIn(error: unknown): RookeryError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof RookeryError) return at;
  }
  return undefined;
}
