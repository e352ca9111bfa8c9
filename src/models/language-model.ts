/**
 * Opens the AI SDK's model of a connection. Base URL and credentials are always given: what is left out, the SDK would read
 * from the environment. Packages of the table of providers are loaded on demand.
 */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import type { LanguageModel } from 'ai';
import { RookeryError } from '../domain/errors.js';
import { type Provider, providerRow } from '../domain/provider.js';
import type { ProviderConnection } from './connection.js';
import { isRecord, parseJson } from './errors/provider-words.js';
import type { Fetch } from './exchange.js';

/** How this endpoint differs from what its adapter sends. */
export interface BodyRules {
  /** The limit of output tokens is called `max_completion_tokens`. */
  readonly maxCompletionTokens: boolean;
}

/** Throws `environment` when the package of the provider is not installed. */
export async function languageModel(
  connection: ProviderConnection,
  fetch: Fetch,
  rules: BodyRules,
): Promise<LanguageModel> {
  const { provider, model, variables } = connection;
  const common = { baseURL: connection.baseUrl, apiKey: SET_LATER, fetch };
  switch (connection.adapter) {
    case 'responses':
      return createOpenAI(common).responses(model);
    case 'anthropic':
      return createAnthropic(common)(model);
    case 'openrouter':
      return createOpenRouter({
        ...common,
        fetch: withMarksInParts(fetch),
        compatibility: 'strict',
        headers: PROJECT,
      }).chat(model);
    case 'chat':
      return createOpenAICompatible({
        ...common,
        name: connection.provider,
        includeUsage: true,
        // Otherwise the SDK would download the images of a conversation itself, from wherever they are.
        supportedUrls: () => ({ 'image/*': [/^https?:/] }),
        ...(rules.maxCompletionTokens ? { transformRequestBody: withMaxCompletionTokens } : {}),
      }).chatModel(model);
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
      return (await loadProviderPackage(provider, () => import('@ai-sdk/groq'))).createGroq(common)(model);
    case 'xai':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/xai'))).createXai(common)(model);
    case 'deepseek':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/deepseek'))).createDeepSeek(common)(model);
    case 'together':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/togetherai'))).createTogetherAI(common)(model);
  }
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

/** `exchange.ts` replaces it: only there the key meets the request. */
const SET_LATER = 'set-by-exchange';

/** OpenRouter shows these to the operators of models. */
const PROJECT = { 'HTTP-Referer': 'https://www.npmjs.com/package/rookery', 'X-Title': 'Rookery' };

/** The package marks the result of a tool at its message; OpenRouter's API has the mark at a part of the content. */
function withMarksInParts(fetch: Fetch): Fetch {
  return (url, init) => {
    const body = typeof init?.body === 'string' ? parseJson(init.body) : undefined;
    if (!isRecord(body) || !Array.isArray(body.messages)) return fetch(url, init);
    return fetch(url, { ...init, body: JSON.stringify({ ...body, messages: body.messages.map(markedInPart) }) });
  };
}

function markedInPart(message: unknown): unknown {
  if (!isRecord(message) || message.role !== 'tool' || !message.cache_control) return message;
  const { cache_control, ...rest } = message;
  // In its place: the request must begin with the one before it.
  return { ...rest, content: [{ type: 'text', text: rest.content, cache_control }] };
}

function withMaxCompletionTokens({ max_tokens, ...body }: Record<string, unknown>): Record<string, unknown> {
  return { ...body, ...(max_tokens === undefined ? {} : { max_completion_tokens: max_tokens }) };
}

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
