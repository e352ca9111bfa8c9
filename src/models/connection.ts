/**
 * Where a choice of model leads to, and which key may go there. Decides only; opens nothing, reads no environment.
 * A key is bound to the origins of its provider: its own, and the one in this worker's configuration.
 */
import { RookeryError } from '../domain/errors.js';
import { homeOf, PROVIDER_NAMES, type Provider, providerRow } from '../domain/provider.js';
import type { ModelChoice } from './model.js';

export interface ProviderConnection {
  readonly provider: Exclude<Provider, 'demo'>;
  readonly model: string;
  /** With its version path and without a trailing slash. */
  readonly baseUrl: string;
  readonly origin: string;
  /** Absent: the request carries no credentials. */
  readonly key?: string;
}

export interface KeyRing {
  readonly keys: Partial<Record<Provider, string>>;
  /** The worker's own configuration. */
  readonly endpoints: Partial<Record<Provider, string>>;
  /** The value of `ROOKERY_API_KEY`: for endpoints of the user's own, before the provider's key. */
  readonly overrideKey?: string;
}

type Remote = ProviderConnection['provider'];

/** Throws `missing_key`, or `usage` for an endpoint that is none. */
export function connectProvider(
  choice: ModelChoice & { provider: Remote },
  ring: KeyRing,
  trusted: boolean,
): ProviderConnection {
  const { provider, model } = choice;
  const baseUrl = baseUrlOf(provider, choice.endpoint ?? ring.endpoints[provider]);
  const origin = new URL(baseUrl).origin;
  const bound = originsOf(provider, ring).includes(origin);
  const key = bound || trusted ? keyFor(provider, origin, ring) : undefined;
  return { provider, model, baseUrl, origin, ...(key && { key }) };
}

/** Those that can be asked without a key that is missing. */
export function available(ring: KeyRing): Provider[] {
  return PROVIDER_NAMES.filter((provider) => provider === 'demo' || canConnect(provider, ring));
}

/** The base URL of an endpoint as a person writes it: with or without `/v1`, for Ollama also without a scheme. */
export function baseUrlOf(provider: Remote, endpoint: string | undefined): string {
  if (endpoint === undefined || endpoint.trim() === '') return homeOf(provider);
  const url = parseEndpoint(provider, endpoint.trim());
  const path = url.pathname.replace(/\/+$/, '');
  if (/\/v\d+[a-z]*\d*(\/openai)?$/.test(path)) return url.origin + path;
  if (url.hostname === 'openrouter.ai') return homeOf('openrouter');
  return `${url.origin}${path}/v1`;
}

// --- internal ---

function canConnect(provider: Remote, ring: KeyRing): boolean {
  try {
    connectProvider({ provider, model: '' }, ring, false);
    return true;
  } catch {
    return false;
  }
}

/** The key for an origin that may have it; undefined where none is needed. */
function keyFor(provider: Remote, origin: string, ring: KeyRing): string | undefined {
  const own = ring.keys[provider]?.trim() || undefined;
  const home = origin === new URL(homeOf(provider)).origin && ring.endpoints[provider] === undefined;
  const key = home ? own : ring.overrideKey?.trim() || own;
  const { keyVariable, needsKey } = providerRow(provider);
  if (key === undefined && needsKey && keyVariable !== undefined) throw missingKey(provider, keyVariable);
  if (key && !/^[\x21-\x7e]+$/.test(key)) {
    throw new RookeryError('missing_key', `the key for ${provider} holds characters that no key has`);
  }
  return key;
}

function originsOf(provider: Remote, ring: KeyRing): string[] {
  return [homeOf(provider), baseUrlOf(provider, ring.endpoints[provider])].map((url) => new URL(url).origin);
}

function missingKey(provider: Remote, variable: string): RookeryError {
  return new RookeryError('missing_key', `no key for ${provider}: ${variable} is not set where the worker runs`, {
    hint: `set ${variable} (ROOKERY_API_KEY serves only endpoints of your own), or use --provider litellm without a key`,
  });
}

function parseEndpoint(provider: Remote, endpoint: string): URL {
  const text = provider === 'ollama' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? `http://${endpoint}` : endpoint;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') throw badEndpoint(provider, 'is not an http URL');
  if (url.username || url.password) throw badEndpoint(provider, 'holds a user name or password');
  if (url.search || url.hash) throw badEndpoint(provider, 'holds a query or fragment');
  if (provider === 'ollama') {
    // OLLAMA_HOST is what the server listens on: 0.0.0.0 is no address to call, and the port may be left out.
    if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
    if (url.port === '' && text !== endpoint) url.port = '11434';
  }
  return url;
}

function badEndpoint(provider: Remote, problem: string): RookeryError {
  return new RookeryError('usage', `the endpoint for ${provider} ${problem}`, {
    hint: 'give a base URL such as http://localhost:4000 or https://example.com/v1',
  });
}
