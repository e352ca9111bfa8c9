/**
 * The one place where a request leaves for a provider: `oneRequest` makes the `fetch` that the AI SDK is given.
 * It sets the credentials (or takes them away), follows no redirect, turns every failure into a `RookeryError`, and
 * hands on only an event stream. One call of it is one HTTP request.
 */

import { RookeryError } from '../domain/errors.js';
import { providerRow } from '../domain/provider.js';
import type { ProviderConnection } from './connection.js';
import { badReply, frameFailure, httpFailure, networkFailure, type Peer } from './errors/failures.js';
import { isRecord, parseJson } from './errors/provider-words.js';
import { baseDialect, wholeAsEvents } from './stream/as-events.js';
import { type AnswerBody, byteSource, webStream } from './stream/byte-source.js';
import { eventsOnly, framesAsEvents, wholeText } from './stream/event-stream.js';
import { type Dialect, errorIn } from './stream/normalise-frames.js';

/** As a package of the AI SDK calls it. */
export type Fetch = typeof fetch;

/** What is read of an answer: less than `fetch` makes, which takes as much time as the rest of a request. */
export interface HttpAnswer extends Pick<Response, 'ok' | 'status' | 'headers'> {
  readonly body: AnswerBody | null;
}

/** `fetch` is one, too. It follows no redirect when it is told so. */
export type Send = (url: Parameters<Fetch>[0], init?: RequestInit) => Promise<HttpAnswer>;

export interface Exchange {
  readonly fetch: Fetch;
  /** Something has gone out: what fails from now on is not a request that cannot be made. */
  readonly sent: () => boolean;
}

export function oneRequest(connection: ProviderConnection, peer: Peer, send: Send): Exchange {
  let sent = false;
  const exchange: Fetch = async (url, init) => {
    sent = true;
    const headers = withCredentials(new Headers(init?.headers), connection);
    try {
      const response = await send(withQuery(url, connection.query), { ...init, headers, redirect: 'manual' });
      if (!response.ok) {
        const text = await limitedText(response);
        throw httpFailure(peer, { status: response.status, headers: response.headers, text });
      }
      return await asEventStream(response, baseDialect(connection), peer);
    } catch (error) {
      if (init?.signal?.aborted || error instanceof RookeryError) throw error;
      throw networkFailure(peer, error);
    }
  };
  return { fetch: exchange, sent: () => sent };
}

// --- internal ---

const ERROR_BYTES = 64 * 1024;

/** The SDK would also take a key from the environment: whatever it set is removed first. */
export function withCredentials(headers: Headers, { provider, key }: ProviderConnection): Headers {
  const { credential = 'bearer' } = providerRow(provider);
  if (credential === 'package') return headers;
  for (const name of ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key']) headers.delete(name);
  if (key !== undefined) {
    if (credential === 'bearer') headers.set('authorization', `Bearer ${key}`);
    else headers.set(credential, key);
  }
  return headers;
}

/** An API version that the endpoint names goes with each address. */
export function withQuery(url: Parameters<Fetch>[0], query: string): Parameters<Fetch>[0] {
  if (query === '') return url;
  const full = new URL(url instanceof Request ? url.url : url);
  for (const [name, value] of new URLSearchParams(query)) full.searchParams.set(name, value);
  return full;
}

async function limitedText({ body }: HttpAnswer): Promise<string> {
  const source = body && byteSource(body);
  const decoder = new TextDecoder();
  let text = '';
  while (source && text.length < ERROR_BYTES) {
    const bytes = await source.read();
    if (!bytes) return text;
    text += decoder.decode(bytes, { stream: true });
  }
  source?.cancel();
  return text.slice(0, ERROR_BYTES);
}

/**
 * Content types lie, so the first character decides: JSON is one whole completion (some endpoints do not stream), a tag
 * is a page of some proxy, anything else is read as events. Only the frames of Amazon's own protocol are known by type.
 */
async function asEventStream({ headers, body }: HttpAnswer, dialect: Dialect, peer: Peer): Promise<Response> {
  const type = headers.get('content-type') ?? '';
  if (dialect === 'raw' && type.includes('amazon.eventstream')) return new Response(webStream(body), { headers });
  const source = body && byteSource(body);
  const decoder = new TextDecoder();
  let head = '';
  while (source && head.trimStart() === '') {
    const bytes = await source.read();
    if (!bytes) break;
    head += decoder.decode(bytes, { stream: true });
  }
  const first = head.trimStart()[0];
  if (!source || first === undefined) throw badReply(peer, 'an empty body instead of a reply');
  if (first === '<') {
    source.cancel();
    throw badReply(peer, 'a web page instead of a reply');
  }
  const incoming = { head, source, decoder, peer, dialect };
  if (first !== '{' && first !== '[') return new Response(eventsOnly(incoming), EVENTS);
  return new Response(completionEvents(await wholeText(incoming), dialect, peer), EVENTS);
}

const EVENTS = { headers: { 'content-type': 'text/event-stream' } };

function completionEvents(text: string, dialect: Dialect, peer: Peer): string {
  const parsed = parseJson(text);
  const body: unknown = Array.isArray(parsed) && parsed.length === 1 ? parsed[0] : parsed;
  const error = isRecord(body) ? errorIn(body) : undefined;
  if (error !== undefined) throw frameFailure(peer, error);
  const frames = isRecord(body) ? wholeAsEvents(dialect, body) : undefined;
  if (frames === undefined)
    throw badReply(peer, parsed === undefined ? 'malformed JSON' : 'JSON that is not a completion');
  return framesAsEvents(frames, dialect, peer);
}
