/**
 * Where a choice of model leads to, and which key may go there. Decides only; opens nothing, reads no environment.
 * A key is bound to the origins of its provider: its own, and the one in this worker's configuration.
 */
import { RookeryError } from '../domain/errors.js';
import { type Adapter, homeOf, homeVariables, PROVIDER_NAMES, type Provider, providerRow } from '../domain/provider.js';
import type { ModelChoice } from './model.js';

/** Which model is asked, and in which form: what a request depends on wherever it goes. */
export interface ModelIdentity {
  /** As a task names it. */
  readonly provider: string;
  readonly model: string;
  readonly adapter: Exclude<Adapter, 'demo'>;
  /** With its version path and without a trailing slash; of a model object, something that is its own. */
  readonly baseUrl: string;
}

export interface ProviderConnection extends ModelIdentity {
  readonly provider: Exclude<Provider, 'demo'>;
  /** `api-version=…`, added to each address; empty for none. */
  readonly query: string;
  readonly origin: string;
  /** Values of the provider's own environment variables: parts of its address, credentials of a cloud. */
  readonly variables: Readonly<Record<string, string>>;
  /** Absent: the request carries no credentials. */
  readonly key?: string;
}

export interface KeyRing {
  readonly keys: Partial<Record<Provider, string>>;
  /** The worker's own configuration. */
  readonly endpoints: Partial<Record<Provider, string>>;
  /** The value of `ROOKERY_API_KEY`: for endpoints that the user configured, before the provider's key. */
  readonly overrideKey?: string;
  /** Values of the environment variables that `PROVIDERS` names. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Further values that must not leave the worker, such as the key of a model in `own`. */
  readonly secrets?: readonly string[];
}

type Remote = ProviderConnection['provider'];

/** Throws `missing_key`, or `usage` for an endpoint that is not a URL. */
export function connectProvider(
  choice: Omit<ModelChoice, 'provider'> & { readonly provider: Remote },
  ring: KeyRing,
  trusted: boolean,
): ProviderConnection {
  const { provider, model } = choice;
  const address = addressOf(provider, choice.endpoint ?? ring.endpoints[provider], ring.variables);
  const origin = new URL(address.baseUrl).origin;
  const bound = originsOf(provider, ring).includes(origin);
  const key = bound || trusted ? keyFor(provider, origin, ring) : undefined;
  if (!bound && !trusted && providerRow(provider).credential === 'package') throw notBound(provider, origin);
  const variables = variablesOf(provider, ring);
  const adapter = adapterFor(provider, origin);
  return { provider, model, adapter, ...address, origin, variables, ...(key && { key }) };
}

/** Every value that must never leave this process but in the header of a request. */
export function secretsIn({ keys, overrideKey, variables = {}, secrets = [] }: KeyRing): string[] {
  const clouds = PROVIDER_NAMES.flatMap((provider) => providerRow(provider).secretVariables ?? []);
  return [...Object.values(keys), overrideKey, ...clouds.map((name) => variables[name]), ...secrets].flatMap(
    (secret) => secret?.trim() || [],
  );
}

/** Those that can be asked without a key that is missing. */
export function available(ring: KeyRing): Provider[] {
  return PROVIDER_NAMES.filter((provider) => provider === 'demo' || canConnect(provider, ring));
}

/**
 * The base URL of an endpoint as a person writes it: with or without its version path, as the whole address of a request, for
 * Ollama also without a scheme. A query may name an API version and nothing else: it could hold a key.
 */
export function addressOf(
  provider: Remote,
  endpoint: string | undefined,
  variables: Readonly<Record<string, string>> = {},
): { readonly baseUrl: string; readonly query: string } {
  if (endpoint === undefined || endpoint.trim() === '') return { baseUrl: requireHome(provider, variables), query: '' };
  const url = parseEndpoint(provider, endpoint.trim());
  const query = url.search.slice(1);
  const given = url.pathname.replace(/\/+$/, '');
  const path = given.replace(/\/(chat\/completions|completions|responses|messages)$/, '');
  if (path !== given || COMPLETE.test(path)) return { baseUrl: url.origin + path, query };
  if (url.hostname === 'openrouter.ai') return { baseUrl: requireHome('openrouter', {}), query };
  return { baseUrl: `${url.origin}${path}${providerRow(provider).versionPath ?? '/v1'}`, query };
}

// --- internal ---

/** Paths that are complete without another version: `/v1`, `/v1beta/openai`, `/inference`, an Azure deployment. */
const COMPLETE = /\/(v\d+[a-z]*\d*(\/openai)?|inference|deployments\/[^/]+|publishers\/[^/]+)$/;

/** OpenAI's newer models are reachable through its own API only; others that speak its protocol have chat completions. */
function adapterFor(provider: Remote, origin: string): ProviderConnection['adapter'] {
  const { adapter } = providerRow(provider);
  if (adapter === 'demo') throw new RookeryError('usage', 'the demo model has no address');
  if (adapter !== 'responses') return adapter;
  return /^https:\/\/([a-z]+\.)?api\.openai\.com$/.test(origin) ? 'responses' : 'chat';
}

function variablesOf(provider: Remote, { variables = {} }: KeyRing): Record<string, string> {
  const names = [...homeVariables(provider), ...(providerRow(provider).secretVariables ?? [])];
  const found = names.flatMap((name) => (variables[name] ? [[name, variables[name]] as const] : []));
  const secret = providerRow(provider).secretVariables;
  if (secret && !secret.some((name) => variables[name])) {
    throw new RookeryError('missing_key', `no credentials for ${provider}: none of ${secret.join(', ')} is set`, {
      hint: 'set them where the worker runs',
    });
  }
  return Object.fromEntries(found);
}

/** Its package would sign a request to that host with the credentials of this worker. */
function notBound(provider: Remote, origin: string): RookeryError {
  return new RookeryError('missing_key', `no credentials of ${provider} go to ${origin}, which the task named`, {
    hint: 'configure this endpoint where the worker runs',
  });
}

function requireHome(provider: Remote, variables: Readonly<Record<string, string>>): string {
  const home = homeOf(provider, variables);
  if (home !== undefined) return home;
  const names = homeVariables(provider).join(' and ');
  throw new RookeryError('missing_key', `no address for ${provider}: ${names} must be set where the worker runs`, {
    hint: `set ${names}, or give the address with --endpoint`,
  });
}

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
  const home = homesOf(provider, ring).includes(origin) && ring.endpoints[provider] === undefined;
  const key = home ? own : ring.overrideKey?.trim() || own;
  const { keyVariable, needsKey } = providerRow(provider);
  if (key === undefined && needsKey && keyVariable !== undefined) throw missingKey(provider, keyVariable);
  if (key && !/^[\x21-\x7e]+$/.test(key)) {
    throw new RookeryError('missing_key', `the key for ${provider} holds characters that no key has`);
  }
  return key;
}

function homesOf(provider: Remote, ring: KeyRing): string[] {
  const home = homeOf(provider, ring.variables);
  return home === undefined ? [] : [new URL(home).origin];
}

function originsOf(provider: Remote, ring: KeyRing): string[] {
  const configured = ring.endpoints[provider];
  if (configured === undefined) return homesOf(provider, ring);
  return [...homesOf(provider, ring), new URL(addressOf(provider, configured, ring.variables).baseUrl).origin];
}

function missingKey(provider: Remote, variable: string): RookeryError {
  return new RookeryError('missing_key', `no key for ${provider}: ${variable} is not set where the worker runs`, {
    hint: `set ${variable} (ROOKERY_API_KEY serves only endpoints that you configured), or use --provider litellm without a key`,
  });
}

function parseEndpoint(provider: Remote, endpoint: string): URL {
  const text = provider === 'ollama' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? `http://${endpoint}` : endpoint;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') throw badEndpoint(provider, 'is not an http URL');
  if (url.username || url.password) throw badEndpoint(provider, 'holds a user name or password');
  if (url.hash || !/^(\?api-version=[\w.-]+)?$/.test(url.search)) {
    throw badEndpoint(provider, 'holds a query or fragment; only ?api-version= is allowed');
  }
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
