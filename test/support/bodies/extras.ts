/**
 * What compatible servers document beyond OpenAI's own request body. It is allowed only for the provider that documents it,
 * and only in the documented form: anything else stays in the body and is refused there.
 */

type Json = Readonly<Record<string, unknown>>;

interface Extra {
  /** Keys from the body down; `*` stands for each item of a list. */
  readonly at: string;
  readonly is: (value: unknown) => boolean;
  /** OpenAI's form of the same; absent: it has none. */
  readonly as?: (value: unknown) => unknown;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCacheMark = (value: unknown): boolean => isRecord(value) && value.type === 'ephemeral';
const isSignature = (value: unknown): boolean =>
  isRecord(value) && isRecord(value.google) && isText(value.google.thought_signature);

/** DeepSeek, MiMo and Kimi: the reasoning of a reply. */
const REASONING: Extra = { at: 'messages.*.reasoning_content', is: isText };
/** Gemini's endpoint for OpenAI's protocol. */
const SIGNATURE: Extra = { at: 'messages.*.tool_calls.*.extra_content', is: isSignature };
/** Claude behind LiteLLM or OpenRouter. */
const CACHE: readonly Extra[] = [
  { at: 'messages.*.cache_control', is: isCacheMark },
  { at: 'messages.*.content.*.cache_control', is: isCacheMark },
  { at: 'tools.*.cache_control', is: isCacheMark },
  { at: 'tools.*.function.cache_control', is: isCacheMark },
];

/** OpenRouter's page on usage accounting has it, its OpenAPI document has not. */
const USAGE: Extra = { at: 'usage', is: (value) => isRecord(value) && value.include === true };

/** OpenRouter's page on its API has it for results of tools, its OpenAPI document has not. */
const NAME: Extra = { at: 'messages.*.name', is: isText };

/** OpenRouter's page on reasoning tokens has it, its OpenAPI document has not. */
const BUDGET: Extra = { at: 'reasoning.max_tokens', is: (value) => typeof value === 'number' };

/** By the name of the AI SDK's package that made the request. */
const OF_PACKAGE: Readonly<Record<string, readonly Extra[]>> = {
  'openai-compatible': [REASONING, SIGNATURE, ...CACHE],
  deepseek: [REASONING, { at: 'thinking', is: isRecord }],
  mistral: [
    { at: 'messages.*.name', is: isText },
    { at: 'messages.*.prefix', is: (value) => value === true },
    { at: 'messages.*.content.*.image_url', is: isText, as: (url) => ({ url }) },
  ],
  openrouter: [
    ...CACHE,
    { at: 'messages.*.reasoning', is: isText },
    { at: 'messages.*.reasoning_details', is: Array.isArray },
    { at: 'reasoning', is: isRecord },
    NAME,
    USAGE,
  ],
};

/** What Anthropic itself documents, and OpenRouter's door for its protocol does not. */
const OF_ANTHROPIC: readonly Extra[] = [
  { at: 'tools.*.eager_input_streaming', is: (value) => typeof value === 'boolean' },
];

/** Gemini's documents write it in small letters, the types of its SDK in capitals. */
const OF_GEMINI: readonly Extra[] = [
  {
    at: 'generationConfig.thinkingConfig.thinkingLevel',
    is: (value) => ['minimal', 'low', 'medium', 'high'].includes(String(value)),
  },
];

export function extrasFor(schema: string, from: string): readonly Extra[] {
  if (schema === 'gemini') return OF_GEMINI;
  if (schema === 'openapi-openrouter-chat-completions') return [NAME, USAGE, BUDGET];
  return schema === 'openapi-openrouter-messages' ? OF_ANTHROPIC : (OF_PACKAGE[from] ?? []);
}

/** The body without the extras of its provider. */
export function withoutExtras(body: Json, extras: readonly Extra[]): Json {
  return extras.reduce((rest, extra) => without(rest, extra.at.split('.'), extra) as Json, body);
}

// ---

function without(value: unknown, [key = '', ...rest]: readonly string[], extra: Extra): unknown {
  if (key === '*') return Array.isArray(value) ? value.map((item) => without(item, rest, extra)) : value;
  if (!isRecord(value) || !(key in value)) return value;
  if (rest.length > 0) return { ...value, [key]: without(value[key], rest, extra) };
  const { [key]: found, ...others } = value;
  if (!extra.is(found)) return value;
  return extra.as === undefined ? others : { ...others, [key]: extra.as(found) };
}
