/**
 * The price list of the package: US dollars per million tokens of the providers' standard tier, for requests to their own
 * hosts. Data only; `prices.ts` looks up.
 *
 * Where it comes from: the figures were taken on the date below from the public collection named below, which reads them
 * from the providers' price pages (named above each group). They were not read from those pages directly. The rows of
 * Anthropic and DeepSeek were compared with copies of their pages of October 2026; the others were not compared.
 * Left out on purpose, because the figure would be a guess: OpenRouter (it says the cost with each reply), Azure, Bedrock
 * and Vertex (by region and contract), LiteLLM and any endpoint that is not the provider's, Ollama, models whose rows were not current.
 * Batch, priority and regional tiers, cache storage by the hour (Google) and one-hour cache writes are not modelled.
 */
import type { ModelPrice } from '../domain/cost.js';

export interface ListedPrice extends ModelPrice {
  /** A request with more input tokens than `over` costs so many times as much, all of it. */
  readonly long?: { readonly over: number; readonly input: number; readonly output: number };
  /** From Monday to Friday, in these hours (UTC), everything costs so many times as much. */
  readonly peak?: { readonly hours: readonly (readonly [number, number])[]; readonly times: number };
  /** The price that is announced from a day on (UTC). */
  readonly next?: ModelPrice & { readonly from: string };
}

export const PRICES_AS_OF = '2026-11-27';
export const PRICES_FROM = 'genai-prices 0.2.3 (November 2026), collected from the price pages of the providers';

const GPT_LONG = { over: 272_000, input: 2, output: 1.5 };
const LONG_200 = { over: 200_000, input: 2, output: 1.5 };
const GROK_LONG = { over: 199_999, input: 2, output: 2 };
/** Chinese public holidays, which are off-peak, are not known here: their weekdays count as peak. */
const DEEPSEEK_PEAK = {
  hours: [
    [1, 4],
    [6, 10],
  ],
  times: 2,
} as const;

/** By `provider:model`. */
export const PRICE_LIST: Readonly<Record<string, ListedPrice>> = Object.freeze({
  // https://developers.openai.com/api/docs/pricing
  'openai:gpt-6.1-sol': { input: 2, cached_input: 0.1, cache_write: 2.5, output: 10, long: GPT_LONG },
  'openai:gpt-6.1-terra': { input: 1, cached_input: 0.05, cache_write: 1.25, output: 5, long: GPT_LONG },
  'openai:gpt-6-astra': { input: 10, cached_input: 1, cache_write: 12.5, output: 50, long: GPT_LONG },
  'openai:gpt-6-sol': { input: 2, cached_input: 0.2, cache_write: 2.5, output: 10, long: GPT_LONG },
  'openai:gpt-6-luna': { input: 0.1, cached_input: 0.01, cache_write: 0.125, output: 0.5, long: GPT_LONG },
  'openai:gpt-5.6-sol': { input: 4, cached_input: 0.4, cache_write: 5, output: 20, long: GPT_LONG },
  'openai:gpt-5.6-terra': { input: 2, cached_input: 0.2, cache_write: 2.5, output: 12, long: GPT_LONG },
  'openai:gpt-5.6-luna': { input: 0.2, cached_input: 0.02, cache_write: 0.25, output: 1.2, long: GPT_LONG },
  'openai:gpt-5.5': { input: 5, cached_input: 0.5, output: 30, long: GPT_LONG },
  'openai:gpt-5.5-pro': { input: 30, output: 180, long: GPT_LONG },
  'openai:gpt-5.4': { input: 2.5, cached_input: 0.25, output: 15, long: GPT_LONG },
  'openai:gpt-5.4-pro': { input: 30, output: 180, long: GPT_LONG },
  'openai:gpt-5.4-mini': { input: 0.75, cached_input: 0.075, output: 4.5 },
  'openai:gpt-5.4-nano': { input: 0.2, cached_input: 0.02, output: 1.25 },
  'openai:gpt-5.3-codex': { input: 1.75, cached_input: 0.175, output: 14 },
  'openai:gpt-5.2': { input: 1.75, cached_input: 0.175, output: 14 },
  'openai:gpt-5.2-pro': { input: 21, output: 168 },
  'openai:gpt-5.1': { input: 1.25, cached_input: 0.125, output: 10 },
  'openai:gpt-5': { input: 1.25, cached_input: 0.125, output: 10 },
  'openai:gpt-5-mini': { input: 0.25, cached_input: 0.025, output: 2 },
  'openai:gpt-5-nano': { input: 0.05, cached_input: 0.005, output: 0.4 },
  'openai:gpt-5-pro': { input: 15, output: 120 },
  'openai:gpt-4.1': { input: 2, cached_input: 0.5, output: 8 },
  'openai:gpt-4.1-mini': { input: 0.4, cached_input: 0.1, output: 1.6 },
  'openai:gpt-4.1-nano': { input: 0.1, cached_input: 0.025, output: 0.4 },
  'openai:gpt-4o': { input: 2.5, cached_input: 1.25, output: 10 },
  'openai:gpt-4o-2024-05-13': { input: 5, output: 15 },
  'openai:gpt-4o-mini': { input: 0.15, cached_input: 0.075, output: 0.6 },
  'openai:gpt-4-turbo': { input: 10, output: 30 },
  'openai:gpt-4': { input: 30, output: 60 },
  'openai:gpt-3.5-turbo': { input: 0.5, output: 1.5 },
  'openai:o1': { input: 15, cached_input: 7.5, output: 60 },
  'openai:o1-pro': { input: 150, output: 600 },
  'openai:o3': { input: 2, cached_input: 0.5, output: 8 },
  'openai:o3-mini': { input: 1.1, cached_input: 0.55, output: 4.4 },
  'openai:o3-pro': { input: 20, output: 80 },
  'openai:o4-mini': { input: 1.1, cached_input: 0.275, output: 4.4 },
  // https://platform.claude.com/docs/en/about-claude/pricing
  'anthropic:claude-fable-5-2': { input: 8, cached_input: 0.2, cache_write: 10, output: 40 },
  'anthropic:claude-fable-5-1': { input: 10, cached_input: 0.25, cache_write: 12.5, output: 50 },
  'anthropic:claude-fable-5': { input: 10, cached_input: 1, cache_write: 12.5, output: 50 },
  'anthropic:claude-opus-5-5': { input: 4, cached_input: 0.2, cache_write: 5, output: 20 },
  'anthropic:claude-opus-5': { input: 5, cached_input: 0.5, cache_write: 6.25, output: 25 },
  'anthropic:claude-opus-4-8': { input: 5, cached_input: 0.5, cache_write: 6.25, output: 25 },
  'anthropic:claude-opus-4-7': { input: 5, cached_input: 0.5, cache_write: 6.25, output: 25 },
  'anthropic:claude-opus-4-6': { input: 5, cached_input: 0.5, cache_write: 6.25, output: 25 },
  'anthropic:claude-opus-4-5': { input: 5, cached_input: 0.5, cache_write: 6.25, output: 25 },
  'anthropic:claude-opus-4-1': { input: 15, cached_input: 1.5, cache_write: 18.75, output: 75 },
  'anthropic:claude-sonnet-5-5': { input: 2, cached_input: 0.1, cache_write: 2.5, output: 10 },
  'anthropic:claude-sonnet-5': { input: 2, cached_input: 0.2, cache_write: 2.5, output: 10 },
  'anthropic:claude-sonnet-4-6': { input: 3, cached_input: 0.3, cache_write: 3.75, output: 15 },
  'anthropic:claude-sonnet-4-5': { input: 3, cached_input: 0.3, cache_write: 3.75, output: 15, long: LONG_200 },
  'anthropic:claude-haiku-5-5': {
    input: 0.1,
    cached_input: 0.01,
    cache_write: 0.125,
    output: 0.5,
    long: { over: 100_000, input: 5, output: 5 },
  },
  'anthropic:claude-haiku-4-5': { input: 1, cached_input: 0.1, cache_write: 1.25, output: 5 },
  // https://ai.google.dev/gemini-api/docs/pricing
  'google:gemini-4-argon': {
    input: 2,
    cached_input: 0.1,
    output: 10,
    next: { from: '2026-12-01', input: 4, cached_input: 0.2, output: 20 },
  },
  'google:gemini-3.8-flash': {
    input: 0.75,
    cached_input: 0.075,
    output: 3.75,
    next: { from: '2027-01-01', input: 1.5, cached_input: 0.15, output: 7.5 },
  },
  'google:gemini-3.7-flash': {
    input: 0.75,
    cached_input: 0.075,
    output: 3.75,
    next: { from: '2027-01-01', input: 1.5, cached_input: 0.15, output: 7.5 },
  },
  'google:gemini-3.6-flash': {
    input: 0.75,
    cached_input: 0.075,
    output: 3.75,
    next: { from: '2027-01-01', input: 1.5, cached_input: 0.15, output: 7.5 },
  },
  'google:gemini-3.5-flash': { input: 1.5, cached_input: 0.15, output: 9 },
  'google:gemini-3.5-flash-lite': { input: 0.3, cached_input: 0.03, output: 2.5 },
  'google:gemini-3.1-pro-preview': { input: 2, cached_input: 0.2, output: 12, long: LONG_200 },
  'google:gemini-3.1-flash-lite': { input: 0.25, cached_input: 0.025, output: 1.5 },
  'google:gemini-3-flash-preview': { input: 0.5, cached_input: 0.05, output: 3 },
  'google:gemini-2.5-pro': { input: 1.25, cached_input: 0.125, output: 10, long: LONG_200 },
  'google:gemini-2.5-flash': { input: 0.3, cached_input: 0.03, output: 2.5 },
  'google:gemini-2.5-flash-lite': { input: 0.1, cached_input: 0.01, output: 0.4 },
  // https://api-docs.deepseek.com/quick_start/pricing
  'deepseek:deepseek-flash': { input: 0.15, cached_input: 0.003, output: 0.6, peak: DEEPSEEK_PEAK },
  'deepseek:deepseek-v4-flash': { input: 0.15, cached_input: 0.003, output: 0.6, peak: DEEPSEEK_PEAK },
  'deepseek:deepseek-v4-pro': { input: 0.66, cached_input: 0.022, output: 1.98, peak: DEEPSEEK_PEAK },
  // https://mistral.ai/pricing/api
  'mistral:mistral-large-4': { input: 0.7, cached_input: 0.07, output: 2.1 },
  'mistral:mistral-large-2512': { input: 0.5, cached_input: 0.05, output: 1.5 },
  'mistral:mistral-medium-3-5': { input: 1.5, cached_input: 0.15, output: 7.5 },
  'mistral:mistral-medium-latest': { input: 1.5, cached_input: 0.15, output: 7.5 },
  'mistral:mistral-small-2603': { input: 0.15, cached_input: 0.015, output: 0.6 },
  'mistral:mistral-small-latest': { input: 0.15, cached_input: 0.015, output: 0.6 },
  'mistral:ministral-14b-2512': { input: 0.2, cached_input: 0.02, output: 0.2 },
  'mistral:ministral-8b-2512': { input: 0.15, cached_input: 0.015, output: 0.15 },
  'mistral:ministral-8b-latest': { input: 0.15, cached_input: 0.015, output: 0.15 },
  'mistral:ministral-3b-2512': { input: 0.1, cached_input: 0.01, output: 0.1 },
  'mistral:codestral-2508': { input: 0.3, cached_input: 0.03, output: 0.9 },
  // https://console.groq.com/docs/models
  'groq:openai/gpt-oss-120b': { input: 0.15, cached_input: 0.075, output: 0.6 },
  'groq:openai/gpt-oss-20b': { input: 0.075, cached_input: 0.0375, output: 0.3 },
  'groq:llama-3.3-70b-versatile': { input: 0.59, output: 0.79 },
  'groq:llama-3.1-8b-instant': { input: 0.05, output: 0.08 },
  'groq:meta-llama/llama-4-scout-17b-16e-instruct': { input: 0.11, output: 0.34 },
  'groq:qwen/qwen3-32b': { input: 0.29, output: 0.59 },
  'groq:qwen/qwen3.8-27b': { input: 0.8, output: 4 },
  // https://docs.x.ai/docs/models
  'xai:grok-4.7': { input: 2, cached_input: 0.5, output: 6, long: GROK_LONG },
  'xai:grok-4.6': { input: 2, cached_input: 0.5, output: 6, long: GROK_LONG },
  'xai:grok-4.5': { input: 2, cached_input: 0.3, output: 6, long: GROK_LONG },
  'xai:grok-4.3': { input: 1.25, cached_input: 0.2, output: 2.5, long: GROK_LONG },
  'xai:grok-4.20': { input: 1.25, cached_input: 0.2, output: 2.5, long: GROK_LONG },
  'xai:grok-4': { input: 3, cached_input: 0.75, output: 15 },
  'xai:grok-4-fast': { input: 0.2, cached_input: 0.05, output: 0.5 },
  'xai:grok-4-1-fast': { input: 0.2, cached_input: 0.05, output: 0.5 },
  'xai:grok-4-fast-reasoning': { input: 0.2, cached_input: 0.05, output: 0.5 },
  'xai:grok-4-fast-non-reasoning': { input: 0.2, cached_input: 0.05, output: 0.5 },
  'xai:grok-4-1-fast-reasoning': { input: 0.2, cached_input: 0.05, output: 0.5 },
  'xai:grok-4-1-fast-non-reasoning': { input: 0.2, cached_input: 0.05, output: 0.5 },
  'xai:grok-code-fast-1': { input: 0.2, cached_input: 0.02, output: 1.5 },
  'xai:grok-3': { input: 3, cached_input: 0.75, output: 15 },
  'xai:grok-3-mini': { input: 0.3, cached_input: 0.075, output: 0.5 },
});
