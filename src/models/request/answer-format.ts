/**
 * How a structured answer is asked for: in the provider's own mode where that leaves the calls of tools alone, or, once
 * only the answer is due, without tools; elsewhere the instructions say it.
 */
import type { LanguageModelV4CallOptions, SharedV4ProviderOptions as ProviderOptions } from '@ai-sdk/provider';
import type { AnswerSchema } from '../../domain/answer-schema.js';
import { isPlainObject } from '../../domain/check-value.js';
import type { ModelIdentity } from '../connection.js';
import type { ModelRequest } from '../model.js';

export type AnswerFormat =
  | { readonly kind: 'none' }
  | { readonly kind: 'told'; readonly schema: AnswerSchema }
  | {
      readonly kind: 'native';
      readonly schema: AnswerSchema;
      /** The provider would let no tool be called. */
      readonly withoutTools: boolean;
      readonly responseFormat: LanguageModelV4CallOptions['responseFormat'];
      readonly providerOptions: ProviderOptions;
    };

/** How the provider is to be asked. `text`: by the text protocol, whose calls are text too. */
export function answerFormat(
  { adapter }: ModelIdentity,
  { answer, tools }: Pick<ModelRequest, 'answer' | 'tools'>,
  { text, refused }: { readonly text: boolean; readonly refused: boolean },
): AnswerFormat {
  if (!answer) return { kind: 'none' };
  const { schema, due } = answer;
  const beside = BESIDE_TOOLS.has(adapter);
  const alone = ALONE.has(adapter) && (due || tools.length === 0);
  if (text || refused || !(beside || alone)) return { kind: 'told', schema };
  return {
    kind: 'native',
    schema,
    withoutTools: !beside,
    responseFormat: { type: 'json', schema, name: 'answer' },
    providerOptions: optionsFor(adapter, isStrict(schema)),
  };
}

/** What refusals are remembered by. */
export function schemaKey(schema: AnswerSchema): string {
  return JSON.stringify(schema);
}

// --- internal ---

type Adapter = ModelIdentity['adapter'];

/** Their mode is for the text of a reply, which may be calls instead. */
const BESIDE_TOOLS: ReadonlySet<Adapter> = new Set(['responses', 'azure', 'anthropic']);

/** Servers behind these may hold every reply to the schema: then no tool is called any more. */
const ALONE: ReadonlySet<Adapter> = new Set(['chat', 'openrouter', 'google']);

function optionsFor(adapter: Adapter, strict: boolean): ProviderOptions {
  if (adapter === 'responses') return { openai: { strictJsonSchema: strict } };
  if (adapter === 'azure') return { azure: { strictJsonSchema: strict } };
  if (adapter === 'chat') return { openaiCompatible: { strictJsonSchema: strict } };
  // Otherwise the package would offer a tool of its own, and force the model to call it.
  return adapter === 'anthropic' ? { anthropic: { structuredOutputMode: 'outputFormat' } } : {};
}

/** What OpenAI calls strict: every object lists all its properties as required, and allows no others. */
function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (!isPlainObject(schema)) return true;
  const { properties, required, additionalProperties } = schema;
  if (isPlainObject(properties) || schema.type === 'object') {
    const names = Object.keys(isPlainObject(properties) ? properties : {});
    const all = Array.isArray(required) ? required : [];
    if (additionalProperties !== false || !names.every((name) => all.includes(name))) return false;
  }
  return Object.values(schema).every(isStrict);
}
