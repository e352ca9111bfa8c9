/**
 * The models that a user gives as objects of the AI SDK, each under a name that tasks use in the place of a provider. Only
 * checks and names them: they are asked as every other model.
 */
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { RookeryError } from '../domain/errors.js';
import { isProvider } from '../domain/provider.js';
import type { ModelIdentity } from './connection.js';
import type { OwnLine } from './converse.js';

/** Models by the name that a task gives as its `provider`: letters, digits, `_`, `-` and `.`, at most 64. */
export type OwnModels = Readonly<Record<string, LanguageModelV4>>;

/** Throws RookeryError `usage` for a name that is taken or odd, and for what is no model of this version of the AI SDK. */
export function checkOwnModels(models: OwnModels = {}): void {
  for (const [name, model] of Object.entries(models)) {
    if (isProvider(name)) throw wrong(`'${name}' in models.own is the name of a provider`, 'Give it another name');
    if (!NAME.test(name)) {
      throw wrong(
        `'${name.slice(0, 80)}' in models.own is no name for a model`,
        'Use letters, digits, _, - and ., at most 64',
      );
    }
    const problem = problemOf(model);
    if (problem) throw wrong(`The model '${name}' in models.own ${problem.what}`, problem.hint);
  }
}

export function ownLine(name: string, model: LanguageModelV4, secrets: readonly string[]): OwnLine {
  const { provider, modelId } = model;
  const connection = { provider: name, model: modelId, adapter: adapterOf(model), baseUrl: `own:${name}` };
  return {
    kind: 'own',
    connection,
    model,
    peer: { who: `${name} (${provider})`, model: modelId, keyed: true, secrets },
  };
}

// --- internal ---

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** Which of our forms its requests take: cache marks, storage, effort. Read from the SDK's name of its provider. */
const FORMS: readonly (readonly [RegExp, ModelIdentity['adapter']])[] = [
  [/^openai\.responses/, 'responses'],
  [/^azure\.responses/, 'azure'],
  [/^anthropic/, 'anthropic'],
  [/^openrouter/, 'openrouter'],
  [/^amazon-bedrock/, 'bedrock'],
  [/^google\.vertex/, 'vertex'],
  [/^google/, 'google'],
  [/^mistral/, 'mistral'],
];

function adapterOf({ provider }: LanguageModelV4): ModelIdentity['adapter'] {
  return FORMS.find(([form]) => form.test(provider))?.[1] ?? 'chat';
}

function problemOf(given: unknown): { readonly what: string; readonly hint: string } | undefined {
  if (typeof given === 'function') {
    return { what: 'is a provider, not a model', hint: "Give one of its models, such as provider('model-id')" };
  }
  const { specificationVersion: version, doStream, modelId, provider } = Object(given) as Record<string, unknown>;
  if (version !== 'v4') {
    const what = typeof version === 'string' ? `has version ${version} of the specification` : 'is no model object';
    return { what: `${what}, not v4 as those of AI SDK 7`, hint: 'Install a version of its package for AI SDK 7' };
  }
  const isWhole = typeof doStream === 'function' && typeof modelId === 'string' && typeof provider === 'string';
  return isWhole ? undefined : { what: 'lacks doStream, modelId or provider', hint: 'Implement LanguageModelV4' };
}

function wrong(message: string, hint: string): RookeryError {
  return new RookeryError('usage', message, { hint });
}
