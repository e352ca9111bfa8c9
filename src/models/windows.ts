/**
 * Context windows of models, in tokens: those of the settings, else of the list below, which counts only at the provider's
 * own host, as the price list does. A window that is not here is learned when the model refuses a conversation.
 *
 * The list was taken on 27 November 2026 from genai-prices 0.2.3, which collects it from the pages of the providers; it was
 * not compared with those pages. It has the models of the price list whose window is smaller than what a task carries
 * (1.2 MB, 300,000 to 400,000 tokens): a larger one bounds little.
 */
import { homeOf, isProvider } from '../domain/provider.js';
import type { KeyRing } from './connection.js';
import type { ModelChoice } from './model.js';
import { isAtHome, rowNames } from './prices/prices.js';

export interface WindowSettings extends Pick<KeyRing, 'endpoints'> {
  /** By `provider:model`, model or provider. */
  readonly windows?: Readonly<Record<string, number>>;
}

/** @returns undefined when it is not known */
export function windowOf(choice: ModelChoice, { windows = {}, endpoints }: WindowSettings): number | undefined {
  const { provider, model } = choice;
  const named = [`${provider}:${model}`, model, provider].find((one) => Object.hasOwn(windows, one));
  if (named !== undefined) return windows[named];
  if (!isProvider(provider) || provider === 'demo') return undefined;
  const address = choice.endpoint ?? endpoints[provider] ?? homeOf(provider);
  if (address === undefined || !URL.canParse(address) || !isAtHome(provider, address)) return undefined;
  return rowNames(choice).flatMap((name) => LISTED.get(name) ?? [])[0];
}

// --- internal ---

const BY_SIZE: Readonly<Record<number, string>> = {
  262144: `mistral:mistral-large-2512 mistral:mistral-medium-3-5 mistral:mistral-small-2603 mistral:ministral-14b-2512
    mistral:ministral-8b-2512`,
  256000: 'mistral:codestral-2508 xai:grok-code-fast-1',
  200000: `openai:o1 openai:o1-pro openai:o3 openai:o3-mini openai:o3-pro openai:o4-mini
    anthropic:claude-opus-4-5 anthropic:claude-opus-4-1 anthropic:claude-sonnet-4-5 anthropic:claude-haiku-4-5`,
  131072: `mistral:ministral-3b-2512 groq:openai/gpt-oss-120b groq:openai/gpt-oss-20b groq:qwen/qwen3-32b
    groq:qwen/qwen3.8-27b xai:grok-3 xai:grok-3-mini`,
  128000: 'openai:gpt-4o openai:gpt-4o-2024-05-13 openai:gpt-4o-mini openai:gpt-4-turbo',
  16385: 'openai:gpt-3.5-turbo',
  8192: 'openai:gpt-4',
};

const LISTED: ReadonlyMap<string, number> = new Map(
  Object.entries(BY_SIZE).flatMap(([tokens, names]) =>
    names.split(/\s+/).map((name) => [name, Number(tokens)] as const),
  ),
);
