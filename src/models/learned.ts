/**
 * What a worker has learned about a model from the refusals of its provider. Kept in memory, for each base URL and model:
 * after a restart a refusal teaches it again, at the price of one request.
 */
import { RookeryError } from '../domain/errors.js';
import type { ModelIdentity } from './connection.js';
import {
  descriptionLimitIn,
  missesReasoning,
  missesSignature,
  outputLimitIn,
  refusesEffort,
  refusesFormat,
  refusesMaxTokens,
  refusesRoles,
  refusesSystem,
  saysNoTools,
} from './errors/refusal-words.js';
import type { BodyRules } from './request/body-rules.js';

export interface Learned extends BodyRules {
  /** It takes no tools: the text protocol serves. */
  readonly noTools: boolean;
  /** The most output tokens that it allows. */
  readonly outputLimit: number;
  /** It has no system role. */
  readonly noSystem: boolean;
  /** It takes no reasoning effort. */
  readonly noEffort: boolean;
  /** The most characters that the description of a tool may have. */
  readonly descriptionLimit: number;
  /** User and assistant must alternate, and nothing but the assistant may follow a tool result. */
  readonly strictRoles: boolean;
  /** Schemas of answers that its own mode does not take. */
  readonly refusedSchemas: readonly string[];
}

/** What a request asked for. */
export interface AskedFor {
  readonly maxOutputTokens: number;
  readonly tools: boolean;
  /** Of the answer, in the provider's own mode. */
  readonly schema?: string | undefined;
}

/** The knowledge of one worker. */
export interface LearnedLimits {
  of(connection: ModelIdentity): Learned;
  /**
   * Learns from the refusal of a request.
   * @returns whether it taught something new: then the request is worth making again
   */
  learn(connection: ModelIdentity, error: unknown, request: AskedFor): boolean;
}

/** `textProtocol`: names of models without native tools, as `model` or `provider:model`. */
export function learnedLimits(textProtocol: readonly string[]): LearnedLimits {
  const known = new Map<string, Learned>();
  const of = (connection: ModelIdentity): Learned => {
    const { provider, model } = connection;
    const start: Learned = {
      ...NOTHING,
      noTools: textProtocol.includes(model) || textProtocol.includes(`${provider}:${model}`),
      strictRoles: STRICT_ROLES.has(connection.adapter),
    };
    return known.get(nameOf(connection)) ?? start;
  };
  return {
    of,
    learn(connection, error, request) {
      if (!(error instanceof RookeryError) || !REFUSALS.has(error.code)) return false;
      const before = of(connection);
      const lesson = lessonOf(error.message, before, request) ?? refusedSchema(error, before, request);
      if (lesson === undefined) return false;
      known.set(nameOf(connection), { ...before, ...lesson });
      return true;
    },
  };
}

// --- internal ---

const NOTHING: Learned = {
  noTools: false,
  maxCompletionTokens: false,
  wantsReasoning: false,
  wantsSignature: false,
  outputLimit: Number.POSITIVE_INFINITY,
  noSystem: false,
  noEffort: false,
  descriptionLimit: Number.POSITIVE_INFINITY,
  strictRoles: false,
  refusedSchemas: [],
};

/** A task has one; a long-lived worker sees some. */
const MOST_SCHEMAS = 20;

/** An output limit that is too large for the model's window reads like a conversation that is too long. */
const REFUSALS: ReadonlySet<string> = new Set(['bad_request', 'context_overflow', 'unavailable']);

/** DeepSeek's package leaves out the reasoning before the last user turn, which its API wants back with the calls. */
const STRICT_ROLES: ReadonlySet<string> = new Set(['mistral', 'deepseek']);

const nameOf = ({ baseUrl, model }: ModelIdentity): string => `${baseUrl} ${model}`;

function lessonOf(
  words: string,
  known: Learned,
  { maxOutputTokens, tools, schema }: AskedFor,
): Partial<Learned> | undefined {
  if (schema !== undefined && refusesFormat(words)) return withoutSchema(known, schema);
  const descriptionLimit = tools ? descriptionLimitIn(words) : undefined;
  if (descriptionLimit !== undefined && descriptionLimit < known.descriptionLimit) return { descriptionLimit };
  if (!known.maxCompletionTokens && refusesMaxTokens(words)) return { maxCompletionTokens: true };
  const limit = outputLimitIn(words, Math.min(maxOutputTokens, known.outputLimit));
  if (limit !== undefined) return { outputLimit: limit };
  if (tools && !known.noTools && saysNoTools(words)) return { noTools: true };
  if (!known.noSystem && refusesSystem(words)) return { noSystem: true };
  if (!known.wantsReasoning && missesReasoning(words)) return { wantsReasoning: true };
  if (!known.wantsSignature && missesSignature(words)) return { wantsSignature: true };
  if (!known.noEffort && refusesEffort(words)) return { noEffort: true };
  if (!known.strictRoles && refusesRoles(words)) return { strictRoles: true };
  return undefined;
}

/** A request that was refused for no reason that is known may have been refused for its schema. */
function refusedSchema({ code }: RookeryError, known: Learned, { schema }: AskedFor): Partial<Learned> | undefined {
  return code === 'bad_request' && schema !== undefined ? withoutSchema(known, schema) : undefined;
}

function withoutSchema({ refusedSchemas }: Learned, schema: string): Partial<Learned> {
  return { refusedSchemas: [...refusedSchemas, schema].slice(-MOST_SCHEMAS) };
}
