/**
 * Keys and defaults of the providers, read from the environment of this process: the only place that reads a key.
 * A key is never a flag, never in a file of ours, never in a task.
 */

import { homeVariables, PROVIDER_NAMES, type Provider, providerRow } from '../domain/provider.js';
import { available, type KeyRing } from '../models/connection.js';
import type { ModelChoice } from '../models/model.js';
import type { Settings } from './settings.js';

/** The key variables of those providers that take a key. */
export const KEY_VARIABLES: Readonly<Partial<Record<Provider, string>>> = Object.fromEntries(
  PROVIDER_NAMES.flatMap((provider) => {
    const { keyVariable } = providerRow(provider);
    return keyVariable === undefined ? [] : [[provider, keyVariable]];
  }),
);

/** The vendors' variables for another base URL. */
export const ENDPOINT_VARIABLES: readonly string[] = PROVIDER_NAMES.flatMap(
  (provider) => providerRow(provider).endpointVariable ?? [],
);

/** Further variables that a provider's address is made of, or that its package signs with. */
export const PROVIDER_VARIABLES: readonly string[] = [
  ...new Set(PROVIDER_NAMES.flatMap((name) => [...homeVariables(name), ...(providerRow(name).secretVariables ?? [])])),
];

export const OVERRIDE_KEY = 'ROOKERY_API_KEY';

export function defaultModel(provider: Provider): string {
  return providerRow(provider).defaultModel;
}

export function keysOf(env: NodeJS.ProcessEnv): Partial<Record<Provider, string>> {
  const entries = Object.entries(KEY_VARIABLES).flatMap(([provider, name]) =>
    env[name] ? [[provider, env[name]]] : [],
  );
  return Object.fromEntries(entries);
}

/** The vendors' own variables for another base URL, and Ollama's for its host. */
export function vendorEndpoint(provider: Provider, env: NodeJS.ProcessEnv): string | undefined {
  const name = providerRow(provider).endpointVariable;
  const value = name === undefined ? undefined : env[name];
  return value || undefined;
}

/** Keys and endpoints of this process, for all tasks. */
export function keyRing({ provider, endpoint }: Settings, env: NodeJS.ProcessEnv): KeyRing {
  const endpoints: Partial<Record<Provider, string>> = {};
  for (const name of PROVIDER_NAMES) {
    const own = vendorEndpoint(name, env);
    if (own) endpoints[name] = own;
  }
  if (endpoint.value && endpoint.origin !== 'project file') endpoints[provider.value ?? 'litellm'] = endpoint.value;
  return {
    keys: keysOf(env),
    endpoints,
    variables: Object.fromEntries(PROVIDER_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    ...(env[OVERRIDE_KEY] ? { overrideKey: env[OVERRIDE_KEY] } : {}),
  };
}

/** Providers that this process has the keys for. */
export function usableProviders(settings: Settings, env: NodeJS.ProcessEnv): Provider[] {
  return available(keyRing(settings, env));
}

/**
 * What a worker uses for a start that names no provider: the provider of the settings, else of the only key, else the
 * demo model. Undefined for several keys: such a start is refused.
 */
export function workerChoice({ provider, model }: Settings, env: NodeJS.ProcessEnv): ModelChoice | undefined {
  const [only = 'demo', ...others] = Object.keys(keysOf(env)) as Provider[];
  const chosen = provider.value ?? (others.length > 0 ? undefined : only);
  return chosen && { provider: chosen, model: model.value ?? defaultModel(chosen) };
}
