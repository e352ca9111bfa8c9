/**
 * Keys and defaults of the providers, read from the environment of this process: the only place that reads a key.
 * A key is never a flag, never in a file of ours, never in a task.
 */

import type { Provider } from '../domain/provider.js';
import { available, type KeyRing } from '../models/connection.js';
import type { ModelChoice } from '../models/model.js';
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

/** Keys and endpoints of this process, for all tasks. */
export function keyRing({ provider, endpoint }: Settings, env: NodeJS.ProcessEnv): KeyRing {
  const endpoints: Partial<Record<Provider, string>> = {};
  for (const name of ['openai', 'anthropic', 'ollama'] as const) {
    const own = vendorEndpoint(name, env);
    if (own) endpoints[name] = own;
  }
  if (endpoint.value && endpoint.origin !== 'project file') endpoints[provider.value ?? 'litellm'] = endpoint.value;
  return { keys: keysOf(env), endpoints, ...(env[OVERRIDE_KEY] ? { overrideKey: env[OVERRIDE_KEY] } : {}) };
}

/** Providers that this process has the keys for. */
export function usableProviders(settings: Settings, env: NodeJS.ProcessEnv): Provider[] {
  return available(keyRing(settings, env));
}

/** What a worker uses for a start that names no provider. */
export function workerChoice(settings: Settings): ModelChoice {
  const provider = settings.provider.value ?? 'demo';
  return { provider, model: settings.model.value ?? defaultModel(provider) };
}
