/**
 * Opens the model of a connection in the package of its provider, which is loaded then. Base URL and credentials are always
 * given: what is left out, the SDK would read from the environment.
 */
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { RookeryError } from '../domain/errors.js';
import { type Adapter, type Provider, providerRow } from '../domain/provider.js';
import type { ProviderConnection } from './connection.js';
import type { Fetch } from './exchange.js';
import { type BodyRules, withBodyRules } from './request/body-rules.js';

export interface BorrowedModel {
  readonly model: LanguageModelV4;
  /** The request is over and went well. */
  readonly giveBack: () => void;
}

/**
 * A model for one request. It is used again for a later one of the same connection: a package compiles the schemas of its
 * replies for each model. Throws `environment` when the package of the provider is not installed.
 */
export async function borrowModel(
  connection: ProviderConnection,
  fetch: Fetch,
  rules: BodyRules,
): Promise<BorrowedModel> {
  const free = freeModels(connection, rules);
  const opened = free.pop() ?? (await open(connection, rules));
  opened.line.fetch = fetch;
  return { model: opened.model, giveBack: () => void free.push(opened) };
}

/** Loads what a model of that adapter needs; the first request would have to wait for it. */
export async function preload(adapter: Adapter): Promise<void> {
  await BUNDLED[adapter]?.();
}

/** Throws `environment` with the package to install. */
export async function loadProviderPackage<T>(provider: Provider, imported: () => Promise<T>): Promise<T> {
  try {
    return await imported();
  } catch (error) {
    const name = providerRow(provider).package;
    throw new RookeryError('environment', `The package ${name} for the provider ${provider} cannot be loaded`, {
      hint: `Run npm i ${name} where rookery is installed`,
      cause: error,
    });
  }
}

// --- internal ---

/** The packages that are always there: their code is in the build. */
const BUNDLED: Readonly<Partial<Record<Adapter, () => Promise<unknown>>>> = {
  responses: () => import('@ai-sdk/openai'),
  anthropic: () => import('@ai-sdk/anthropic'),
  openrouter: () => import('@openrouter/ai-sdk-provider'),
  chat: () => import('@ai-sdk/openai-compatible'),
};

interface OpenedModel {
  readonly model: LanguageModelV4;
  /** Where its next request goes. */
  readonly line: { fetch: Fetch };
}

const opened = new WeakMap<ProviderConnection, Map<string, OpenedModel[]>>();

function freeModels(connection: ProviderConnection, rules: BodyRules): OpenedModel[] {
  const known = opened.get(connection) ?? new Map<string, OpenedModel[]>();
  opened.set(connection, known);
  const key = `${rules.maxCompletionTokens} ${rules.wantsReasoning} ${rules.wantsSignature}`;
  const free = known.get(key) ?? [];
  known.set(key, free);
  return free;
}

async function open(connection: ProviderConnection, rules: BodyRules): Promise<OpenedModel> {
  const line = { fetch };
  const send: Fetch = (url, init) => line.fetch(url, init);
  return { line, model: await languageModel(connection, send, rules) };
}

async function languageModel(connection: ProviderConnection, fetch: Fetch, rules: BodyRules): Promise<LanguageModelV4> {
  const { provider, model, variables } = connection;
  const common = { baseURL: connection.baseUrl, apiKey: SET_LATER, fetch };
  // OpenRouter's package marks the result of a tool at its message; OpenRouter's API has the mark at a part of the content.
  const corrections = { ...rules, marksInParts: connection.adapter === 'openrouter' };
  const chat = { ...common, fetch: withBodyRules(fetch, corrections) };
  switch (connection.adapter) {
    case 'responses':
      return (await import('@ai-sdk/openai')).createOpenAI(common).responses(model);
    case 'anthropic':
      return (await import('@ai-sdk/anthropic')).createAnthropic(common)(model);
    case 'openrouter': {
      const { createOpenRouter } = await import('@openrouter/ai-sdk-provider');
      return createOpenRouter({ ...chat, compatibility: 'strict', headers: PROJECT }).chat(model);
    }
    case 'chat':
      return (await import('@ai-sdk/openai-compatible'))
        .createOpenAICompatible({
          ...chat,
          name: connection.provider,
          includeUsage: true,
          supportsStructuredOutputs: true,
          // Otherwise the SDK would download the images of a conversation itself, from wherever they are.
          supportedUrls: () => ({ 'image/*': [/^https?:/] }),
        })
        .chatModel(model);
    case 'google':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/google'))).createGoogle(common)(model);
    case 'azure':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/azure'))).createAzure(common).responses(model);
    case 'bedrock':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/amazon-bedrock'))).createAmazonBedrock({
        ...{ baseURL: connection.baseUrl, fetch, region: variables.AWS_REGION ?? '' },
        ...awsCredentials(variables),
      })(model);
    case 'vertex': {
      const { createGoogleVertex } = await loadProviderPackage(provider, () => import('@ai-sdk/google-vertex'));
      const place = {
        project: variables.GOOGLE_VERTEX_PROJECT ?? '',
        location: variables.GOOGLE_VERTEX_LOCATION ?? '',
      };
      return createGoogleVertex({ baseURL: connection.baseUrl, fetch, ...place })(model);
    }
    case 'mistral':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/mistral'))).createMistral(common)(model);
    case 'groq':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/groq'))).createGroq(chat)(model);
    case 'xai':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/xai'))).createXai(common)(model);
    case 'deepseek':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/deepseek'))).createDeepSeek(chat)(model);
    case 'together':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/togetherai'))).createTogetherAI(chat)(model);
  }
}

/** `exchange.ts` replaces it: only there the key meets the request. */
const SET_LATER = 'set-by-exchange';

/** OpenRouter shows these to the operators of models. */
const PROJECT = { 'HTTP-Referer': 'https://www.npmjs.com/package/rookery', 'X-Title': 'Rookery' };

function awsCredentials(variables: Readonly<Record<string, string>>): Record<string, string> {
  const { AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = variables;
  if (AWS_BEARER_TOKEN_BEDROCK) return { apiKey: AWS_BEARER_TOKEN_BEDROCK };
  return {
    // Not absent: the SDK would look for it in the environment.
    apiKey: '',
    ...(AWS_ACCESS_KEY_ID ? { accessKeyId: AWS_ACCESS_KEY_ID } : {}),
    ...(AWS_SECRET_ACCESS_KEY ? { secretAccessKey: AWS_SECRET_ACCESS_KEY } : {}),
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}
