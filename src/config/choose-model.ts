/**
 * Chooses provider and model of a new task, in `submit`, `run` and adoption, never in the worker: the only provider
 * with a key, else a local Ollama, else the demo model. Reports a missing key before the task is submitted.
 */
import { RookeryError } from '../domain/errors.js';
import { type Provider, providerRow } from '../domain/provider.js';
import type { ModelChoice } from '../models/model.js';
import { defaultModel, keysOf, OVERRIDE_KEY, vendorEndpoint } from './providers.js';
import type { Settings } from './settings.js';

export interface Chosen extends ModelChoice {
  readonly provider: Provider;
  readonly endpoint_origin?: 'user' | 'project';
}

export async function chooseModel(settings: Settings, env: NodeJS.ProcessEnv): Promise<Chosen> {
  const provider = settings.provider.value ?? (await guess(settings, env));
  const own = settings.endpoint.value;
  const endpoint = own ?? vendorEndpoint(provider, env);
  if (provider !== 'demo') requireKey(provider, endpoint !== undefined, env);
  const model = settings.model.value ?? defaultModel(provider);
  if (endpoint === undefined || provider === 'demo' || (own === undefined && provider === 'ollama'))
    return { provider, model };
  return {
    provider,
    model,
    endpoint,
    endpoint_origin: settings.endpoint.origin === 'project file' ? 'project' : 'user',
  };
}

// ---

async function guess(settings: Settings, env: NodeJS.ProcessEnv): Promise<Provider> {
  if (settings.endpoint.value !== undefined) return 'litellm';
  const keyed = Object.keys(keysOf(env)) as Provider[];
  if (keyed.length > 1) {
    throw new RookeryError('usage', `There are keys for ${keyed.join(' and ')}, so the provider is not clear`, {
      hint: 'Choose one with --provider or ROOKERY_PROVIDER',
    });
  }
  if (keyed[0]) return keyed[0];
  return (await ollamaAnswers(env)) ? 'ollama' : 'demo';
}

/** The override key is sent only to endpoints that the user configured, never to a provider's default hosts. */
function requireKey(provider: Exclude<Provider, 'demo'>, elsewhere: boolean, env: NodeJS.ProcessEnv): void {
  const { keyVariable: name, needsKey } = providerRow(provider);
  if (!needsKey || name === undefined || env[name] || (elsewhere && env[OVERRIDE_KEY])) return;
  throw new RookeryError('missing_key', `There is no key for ${provider}: ${name} is not set`, {
    hint: elsewhere ? `Set ${name} or ${OVERRIDE_KEY}` : `Set ${name}, or choose another provider`,
  });
}

/** Where none runs the connection is refused at once; one on a busy machine takes its time. */
const OLLAMA_WAIT_MS = 3_000;

async function ollamaAnswers(env: NodeJS.ProcessEnv): Promise<boolean> {
  const host = vendorEndpoint('ollama', env) ?? '127.0.0.1:11434';
  const base = host.includes('://') ? host : `http://${host.replace('0.0.0.0', '127.0.0.1')}`;
  try {
    const response = await fetch(new URL('/api/version', base), { signal: AbortSignal.timeout(OLLAMA_WAIT_MS) });
    return response.ok;
  } catch {
    return false;
  }
}
