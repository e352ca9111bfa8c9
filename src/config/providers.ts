/**
 * Keys and defaults of the providers, read from the environment of this process: the only place where a key comes in.
 * A key is never a flag, never in a file of ours, never in a task.
 */

import type { Provider } from '../domain/provider.js';
import type { ModelSettings } from '../models/create-models.js';
import type { ModelChoice } from '../models/model.js';
import { createFetch } from '../models/network.js';
import type { Settings } from './settings.js';

export const KEY_VARIABLES = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  openrouter: 'OPENROUTER_API_KEY',
  litellm: 'LITELLM_API_KEY',
} as const satisfies Partial<Record<Provider, string>>;

export const OVERRIDE_KEY = 'ROOKERY_API_KEY';

const DEFAULT_MODELS: Readonly<Record<Provider, string>> = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-sonnet-4-5',
  ollama: 'llama3.1',
  openrouter: 'openai/gpt-4o-mini',
  litellm: 'gpt-4o-mini',
  demo: 'demo',
};

export function defaultModel(provider: Provider): string {
  return DEFAULT_MODELS[provider];
}

export function keysOf(env: NodeJS.ProcessEnv): Partial<Record<Provider, string>> {
  const entries = Object.entries(KEY_VARIABLES).flatMap(([provider, name]) =>
    env[name] ? [[provider, env[name]]] : [],
  );
  return Object.fromEntries(entries);
}

/** The vendors' own variables for another base URL, and Ollama's for its host. */
export function vendorEndpoint(provider: Provider, env: NodeJS.ProcessEnv): string | undefined {
  const name = { openai: 'OPENAI_BASE_URL', anthropic: 'ANTHROPIC_BASE_URL', ollama: 'OLLAMA_HOST' }[
    provider as 'openai'
  ];
  const value = name === undefined ? undefined : env[name];
  return value || undefined;
}

export function modelSettings(settings: Settings, env: NodeJS.ProcessEnv): ModelSettings {
  const endpoints: Partial<Record<Provider, string>> = {};
  for (const provider of ['openai', 'anthropic', 'ollama'] as const) {
    const endpoint = vendorEndpoint(provider, env);
    if (endpoint) endpoints[provider] = endpoint;
  }
  const { provider, endpoint } = settings;
  if (endpoint.value && endpoint.origin !== 'project file') endpoints[provider.value ?? 'litellm'] = endpoint.value;
  const proxy = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  return {
    keys: keysOf(env),
    endpoints,
    ...(env[OVERRIDE_KEY] ? { overrideKey: env[OVERRIDE_KEY] } : {}),
    textProtocol: settings.text_protocol.value,
    fetch: createFetch({
      ...definedOnly({ httpProxy: proxy('HTTP_PROXY'), httpsProxy: proxy('HTTPS_PROXY'), noProxy: proxy('NO_PROXY') }),
      extraCaFile: [env.NODE_EXTRA_CA_CERTS, env.SSL_CERT_FILE].filter((file): file is string => Boolean(file)),
    }),
  };
}

/** What a worker uses for a start that names no provider. */
export function workerChoice(settings: Settings): ModelChoice {
  const provider = settings.provider.value ?? 'demo';
  return { provider, model: settings.model.value ?? defaultModel(provider) };
}

function definedOnly<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
