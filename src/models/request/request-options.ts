/**
 * What a request says beside its messages: reasoning effort, the provider's prompt cache, and no storage at the provider.
 * Cache marks go to the end of what will be repeated: instructions, tools, and the last two ends of the conversation.
 */
import type { LanguageModelV4Message, SharedV4ProviderOptions as ProviderOptions } from '@ai-sdk/provider';
import type { Message } from '../../domain/conversation.js';
import type { Effort } from '../../domain/provider.js';
import type { ModelIdentity } from '../connection.js';
import { isOwnOrigin, type PromptMessage } from './wire.js';

export interface RequestOptions {
  readonly reasoning?: Exclude<Effort, number>;
  readonly providerOptions?: ProviderOptions;
  readonly headers?: Record<string, string>;
}

export interface Wanted {
  readonly effort: Effort | undefined;
  /** Identifies the task: its requests share a prefix. */
  readonly cacheKey: string | undefined;
}

export function requestOptions(
  connection: ModelIdentity,
  messages: readonly Message[],
  { effort: wanted, cacheKey }: Wanted,
): RequestOptions {
  const { adapter } = connection;
  const effort = NEEDS_OWN_THINKING.has(adapter) && lacksThinking(connection, messages) ? undefined : wanted;
  const reasoning = reasoningOf(adapter, effort);
  if (adapter === 'responses' || adapter === 'azure') {
    const name = adapter === 'azure' ? 'azure' : 'openai';
    const options = { store: false, ...(cacheKey === undefined ? {} : { promptCacheKey: cacheKey }) };
    return { ...reasoning, providerOptions: { [name]: options } };
  }
  // Otherwise the model reasons once and not between the calls of tools.
  if (adapter === 'anthropic' && effort !== undefined && effort !== 'none')
    return { ...reasoning, headers: INTERLEAVED };
  return adapter === 'openrouter' ? withUsage(reasoning) : reasoning;
}

/** Adds options of the provider's package to those that are there. */
export function withOptions(options: RequestOptions, added: ProviderOptions): RequestOptions {
  const providerOptions = { ...options.providerOptions };
  for (const [name, values] of Object.entries(added)) providerOptions[name] = { ...providerOptions[name], ...values };
  return { ...options, providerOptions };
}

/** The instructions and messages, with marks for a cache that must be told where to read and write. */
export function promptWithMarks(
  connection: ModelIdentity,
  instructions: string | undefined,
  messages: readonly PromptMessage[],
): LanguageModelV4Message[] {
  const mark = markOf(connection);
  const ends = mark ? endsOf(messages) : undefined;
  return [
    ...(instructions ? [{ role: 'system' as const, content: instructions, providerOptions: mark }] : []),
    ...messages.map((message, at) => (mark && ends?.has(at) ? marked(message, mark) : message)),
  ];
}

/** The mark for the last tool, where tools are marked by themselves. */
export function toolMark(connection: ModelIdentity): ProviderOptions | undefined {
  return connection.adapter === 'anthropic' ? markOf(connection) : undefined;
}

// --- internal ---

/** The least that Anthropic takes. */
const LEAST_BUDGET = 1_024;

/** A level goes by the SDK's own option, which each package maps; a budget has another name everywhere. */
function reasoningOf(adapter: ModelIdentity['adapter'], effort: Effort | undefined): RequestOptions {
  if (effort === undefined) return {};
  if (adapter === 'openrouter') {
    const reasoning = typeof effort === 'number' ? { max_tokens: effort } : { effort };
    return { providerOptions: { openrouter: { reasoning } } };
  }
  if (typeof effort === 'string') return { reasoning: effort };
  const budgetTokens = Math.max(LEAST_BUDGET, effort);
  if (adapter === 'anthropic')
    return { providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens } } } };
  if (adapter === 'bedrock')
    return { providerOptions: { bedrock: { reasoningConfig: { type: 'enabled', budgetTokens } } } };
  if (adapter === 'google' || adapter === 'vertex') {
    return { providerOptions: { google: { thinkingConfig: { thinkingBudget: effort } } } };
  }
  return { reasoning: levelOf(effort) };
}

function levelOf(tokens: number): 'low' | 'medium' | 'high' {
  if (tokens <= 4_000) return 'low';
  return tokens <= 16_000 ? 'medium' : 'high';
}

/** OpenRouter says what a reply cost when it is asked. */
function withUsage({ providerOptions }: RequestOptions): RequestOptions {
  return { providerOptions: { openrouter: { ...providerOptions?.openrouter, usage: { include: true } } } };
}

const INTERLEAVED = { 'anthropic-beta': 'interleaved-thinking-2025-05-14' };

/** With thinking on, the last calls of a reply must come with the thinking that led to them. */
const NEEDS_OWN_THINKING: ReadonlySet<string> = new Set(['anthropic', 'bedrock']);

/** The calls that are being answered were made without thinking, by another model, or their thinking was not kept. */
function lacksThinking(connection: ModelIdentity, messages: readonly Message[]): boolean {
  const last = messages.findLast((message) => message.role === 'user' || message.role === 'assistant');
  if (last?.role !== 'assistant' || !last.calls?.length) return false;
  const parts = isOwnOrigin(last, connection) ? (last.origin?.parts ?? []) : [];
  return !parts.some(({ kind }) => kind === 'reasoning');
}

/** Claude's cache wants marks, wherever it is served. Other models cache stable prefixes by themselves. */
function markOf({ adapter, model }: ModelIdentity): ProviderOptions | undefined {
  if (adapter === 'anthropic') return { anthropic: { cacheControl: { type: 'ephemeral' } } };
  if (!/claude|anthropic/i.test(model)) return undefined;
  if (adapter === 'openrouter') return { openrouter: { cacheControl: { type: 'ephemeral' } } };
  if (adapter === 'bedrock') return { bedrock: { cachePoint: { type: 'default' } } };
  return adapter === 'chat' ? { openaiCompatible: { cache_control: { type: 'ephemeral' } } } : undefined;
}

/** The end of this request, and the end of the one before it, which the provider has in its cache. */
function endsOf(messages: readonly PromptMessage[]): ReadonlySet<number> {
  const last = messages.length - 1;
  const reply = messages.findLastIndex(({ role }) => role === 'assistant');
  return new Set([last, reply - 1].filter((at) => at >= 0 && messages[at]?.role !== 'assistant'));
}

/** On the last part: a mark on a message of several parts means its last one everywhere, on a part it is exact. */
function marked(message: PromptMessage, providerOptions: ProviderOptions): PromptMessage {
  const content = message.content.map((part, at) =>
    at === message.content.length - 1 ? { ...part, providerOptions } : part,
  );
  return { ...message, content } as PromptMessage;
}
