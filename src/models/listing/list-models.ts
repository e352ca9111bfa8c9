/**
 * Asks a provider which models it has: is it reachable, does it accept the key, does it have this model. One small request
 * (Ollama: three, OpenRouter: two), each within three seconds; no conversation leaves. A key goes only where a conversation could take it.
 */
import { RookeryError } from '../../domain/errors.js';
import { homeOf } from '../../domain/provider.js';
import { connectProvider, type KeyRing, type ProviderConnection, secretsIn } from '../connection.js';
import { badReply, httpFailure, networkFailure, type Peer } from '../errors/failures.js';
import { isRecord, parseJson } from '../errors/provider-words.js';
import { type HttpAnswer, type Send, withCredentials, withQuery } from '../exchange.js';
import type { ModelChoice } from '../model.js';
import { isListed, type ModelFacts, type ModelNames, nearestNames } from './model-names.js';
import { type AskServer, ollamaModels } from './ollama-models.js';

export type ModelLookup = { readonly who: string } & (
  | { readonly kind: 'listed'; readonly facts: ModelFacts }
  /** `certain`: the provider would refuse the model. */
  | { readonly kind: 'missing'; readonly nearest: readonly string[]; readonly certain: boolean }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Its list would not say what a task may ask for: it is not asked. */
  | { readonly kind: 'unlisted' }
  /** It did not say: unreachable, no such list, an odd answer. */
  | { readonly kind: 'unclear'; readonly reason: string }
);

export interface LookupSettings extends KeyRing {
  readonly fetch: Send;
  readonly trustedEndpoint: boolean;
  /** Default: three seconds. */
  readonly timeoutMs?: number;
}

type Choice = ModelChoice & { readonly provider: ProviderConnection['provider'] };

/** Throws `missing_key` and `usage` as the first request would. */
export async function lookUpModel(choice: Choice, settings: LookupSettings): Promise<ModelLookup> {
  const connection = connectProvider(choice, settings, settings.trustedEndpoint);
  const { provider, origin, model, key } = connection;
  const who = `${provider} at ${origin}`;
  if (UNLISTED.has(connection.adapter)) return { who, kind: 'unlisted' };
  const ask = askerOf(connection, { who, model, keyed: key !== undefined, secrets: secretsIn(settings) }, settings);
  try {
    const {
      names,
      isWhole,
      facts = {},
    } = await (provider === 'ollama' ? ollamaModels(ask, model) : listed(ask, connection));
    if (names.length === 0) return { who, kind: 'unclear', reason: `${who} lists no models` };
    if (isListed(model, names)) return { who, kind: 'listed', facts };
    return {
      who,
      kind: 'missing',
      nearest: nearestNames(model, names),
      certain: isWhole && isBinding(connection, names),
    };
  } catch (error) {
    if (!(error instanceof RookeryError)) throw error;
    return { who, kind: error.code === 'auth' ? 'refused' : 'unclear', reason: error.message };
  }
}

// --- internal ---

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 8 * 1024 * 1024;

type Header = [string, string];
const HEADERS: Header[] = [['accept', 'application/json']];

/** Deployments, and models by region and contract: their lists do not say what a task may ask for. */
const UNLISTED: ReadonlySet<string> = new Set(['azure', 'bedrock', 'vertex']);

/** A server of one model often answers whatever the model is called; a list with a wildcard does not name its models. */
function isBinding({ provider, origin }: ProviderConnection, names: readonly string[]): boolean {
  const home = homeOf(provider);
  const isHome = home !== undefined && new URL(home).origin === origin;
  return (isHome || names.length > 1) && !names.some((name) => name.includes('*'));
}

async function listed(ask: AskServer, { adapter }: ProviderConnection): Promise<ModelNames> {
  if (adapter === 'openrouter') await checkKey(ask);
  // Both give fewer than they have unless asked for more.
  const query = adapter === 'anthropic' ? '?limit=1000' : adapter === 'google' ? '?pageSize=1000' : '';
  const body = await ask(`/models${query}`);
  const list = Array.isArray(body) ? body : isRecord(body) ? (body.data ?? body.models) : undefined;
  const names = (Array.isArray(list) ? list : []).flatMap(nameIn);
  const more = isRecord(body) && (body.has_more === true || Boolean(body.nextPageToken));
  return { names, isWhole: !more };
}

/** The list of OpenRouter is open to everybody. */
async function checkKey(ask: AskServer): Promise<void> {
  await ask('/key').catch((error: unknown) => {
    if (!(error instanceof RookeryError) || error.code === 'auth') throw error;
  });
}

function nameIn(entry: unknown): string[] {
  if (!isRecord(entry)) return [];
  const name = entry.id ?? entry.name;
  return typeof name === 'string' ? [name.replace(/^models\//, '')] : [];
}

function askerOf(
  connection: ProviderConnection,
  peer: Peer,
  { fetch, timeoutMs = TIMEOUT_MS }: LookupSettings,
): AskServer {
  const dialect: Header[] = connection.adapter === 'anthropic' ? [['anthropic-version', '2023-06-01']] : [];
  return async (path, body) => {
    const base = path.startsWith('/api/') ? connection.baseUrl.replace(/\/v1$/, '') : connection.baseUrl;
    const content: Header[] = body === undefined ? [] : [['content-type', 'application/json']];
    try {
      const response = await fetch(withQuery(base + path, connection.query), {
        method: body === undefined ? 'GET' : 'POST',
        headers: withCredentials(new Headers([...HEADERS, ...dialect, ...content]), connection),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await limited(response);
      if (!response.ok) throw listFailure(peer, response, text);
      const value = parseJson(text);
      if (value === undefined) throw badReply(peer, 'something else than a list of models');
      return value;
    } catch (error) {
      if (error instanceof RookeryError) throw error;
      if ((error as Error).name !== 'TimeoutError') throw networkFailure(peer, error);
      throw new RookeryError('unavailable', `${peer.who} did not answer within ${timeoutMs / 1000} s`);
    }
  };
}

/** Only a plain 401 says that the key is no good: a key may be kept from the list and still be good for a conversation. */
function listFailure(peer: Peer, { status, headers }: HttpAnswer, text: string): RookeryError {
  const failure = httpFailure(peer, { status, headers, text });
  if (failure.code !== 'auth' || (status === 401 && !/scope|permission/i.test(text))) return failure;
  return new RookeryError('unavailable', failure.message);
}

async function limited(response: HttpAnswer): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MAX_BYTES) break;
  }
  return text;
}
