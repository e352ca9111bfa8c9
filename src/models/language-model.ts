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
import type { Fetch } from './exchange.js';
import { type BodyRules, withBodyRules } from './request/body-rules.js';

/** Throws `environment` when the package of the provider is not installed. */
export async function languageModel(
  connection: ProviderConnection,
  fetch: Fetch,
  rules: BodyRules,
): Promise<LanguageModel> {
  const { provider, model, variables } = connection;
  const common = { baseURL: connection.baseUrl, apiKey: SET_LATER, fetch };
  // OpenRouter's package marks the result of a tool at its message; OpenRouter's API has the mark at a part of the content.
  const corrections = { ...rules, marksInParts: connection.adapter === 'openrouter' };
  const chat = { ...common, fetch: withBodyRules(fetch, corrections) };
  switch (connection.adapter) {
    case 'responses':
      return createOpenAI(common).responses(model);
    case 'anthropic':
      return createAnthropic(common)(model);
    case 'openrouter':
      return createOpenRouter({ ...chat, compatibility: 'strict', headers: PROJECT }).chat(model);
    case 'chat':
      return createOpenAICompatible({
        ...chat,
        name: connection.provider,
        includeUsage: true,
        // Otherwise the SDK would download the images of a conversation itself, from wherever they are.
        supportedUrls: () => ({ 'image/*': [/^https?:/] }),
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
      return (await loadProviderPackage(provider, () => import('@ai-sdk/groq'))).createGroq(chat)(model);
    case 'xai':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/xai'))).createXai(common)(model);
    case 'deepseek':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/deepseek'))).createDeepSeek(chat)(model);
    case 'together':
      return (await loadProviderPackage(provider, () => import('@ai-sdk/togetherai'))).createTogetherAI(chat)(model);
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
