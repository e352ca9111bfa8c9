/** The keys of models: which one is asked, how, and at what price. Part of the table in keys.ts. */
import { EFFORTS } from '../domain/provider.js';
import type { Key } from './key.js';

const NONE = 'none';

export const MODEL_KEYS: Readonly<Record<string, Key>> = {
  provider: {
    means: 'Model provider that receives the conversation',
    byDefault: 'the only provider with a key',
    example: 'provider = "openai"',
  },
  model: {
    means: 'Model of the provider',
    byDefault: "the provider's default model",
    example: 'model = "gpt-5.4-mini"',
  },
  endpoint: {
    means: 'Another base URL of the provider',
    byDefault: NONE,
    example: 'endpoint = "https://llm.example.com/v1"',
  },
  fallback: {
    means: 'Models to use when that one fails, in order',
    byDefault: NONE,
    example: 'fallback = ["ollama:qwen3"]',
  },
  effort: {
    means: `Reasoning effort of the model: ${EFFORTS.join(', ')}, or a budget of tokens`,
    byDefault: 'that of the provider',
    example: 'effort = "high"',
  },
  text_protocol: {
    means: 'Models whose tool calls are read from their text',
    byDefault: NONE,
    example: 'text_protocol = ["small-model"]',
  },
  compaction: {
    means: 'What makes room in a long conversation: `model` (summaries that the model writes) or `notices`',
    byDefault: '`model`',
    example: 'compaction = "notices"',
  },
  'context_windows.NAME': {
    means:
      'Context windows in tokens, by `provider:model`, model or provider; before the list of the package; what a model refuses is learned',
    byDefault: NONE,
    example: 'context_windows."ollama:qwen3" = 32768',
  },
  'prices.NAME.input': {
    means: 'Own price of `provider:model`: US dollars per million input tokens',
    byDefault: 'the price list',
    example: 'prices."openai:gpt-5" = { input = 1.25, output = 10 }',
  },
  'prices.NAME.cached_input': {
    means: "Of those read from the provider's prompt cache",
    byDefault: 'as `input`',
    example: 'prices."openai:gpt-5" = { input = 1.25, cached_input = 0.125, output = 10 }',
  },
  'prices.NAME.cache_write': {
    means: 'Of those written to it',
    byDefault: 'as `input`',
    example: 'prices."anthropic:claude-opus-5" = { input = 5, cache_write = 6.25, output = 25 }',
  },
  'prices.NAME.output': {
    means: 'Of output tokens, reasoning included',
    byDefault: 'the price list',
    example: 'prices."litellm:local" = { input = 0, output = 0 }',
  },
  system_prompt: {
    means: 'System prompt; `@FILE` reads it from a file',
    byDefault: 'the built-in system prompt',
    example: 'system_prompt = "Answer in one sentence."',
  },
};
