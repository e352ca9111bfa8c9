/**
 * The wall for provider errors: whatever goes wrong becomes one `RookeryError` here, once.
 * Its sentence names the provider, the host and the cause; it never holds a request body or a key.
 */
import { type Rejected, RookeryError } from '../domain/errors.js';
import { closest, isContextOverflow, isOutOfCredit, reasonOf, type Words, wordsIn } from './provider-words.js';

/** Who answers, for sentences, and what must never be in them. */
export interface Peer {
  /** `litellm at http://127.0.0.1:4000`. */
  readonly who: string;
  readonly model: string;
  /** A key went with the request. */
  readonly keyed: boolean;
  readonly secrets: readonly string[];
}

const DAY = 24 * 3_600_000;
const WORDS = 500;

/** A response whose status is not 2xx. */
export function httpFailure(peer: Peer, response: { status: number; headers: Headers; text: string }): RookeryError {
  const { status, headers } = response;
  if (status >= 300 && status < 400) return redirected(peer, status, headers.get('location'));
  const words = wordsIn(response.text);
  const wait = retryAfter(headers);
  return classified(peer, { status, words, ...(wait !== undefined && { wait }) });
}

/** An error that came inside a 200: as the JSON body, or as a frame of the stream. */
export function frameFailure(peer: Peer, error: unknown): RookeryError {
  const words = wordsIn(JSON.stringify({ error }));
  return classified(peer, { status: closest(words.code) ?? closest(words.type) ?? 500, words });
}

/** No response came, or the connection broke while it was read. */
export function networkFailure(peer: Peer, error: unknown): RookeryError {
  const { did, hint } = reasonOf(error);
  return new RookeryError('unavailable', tidy(peer, `${peer.who} ${did}`), hint ? { hint } : {});
}

export function badReply(peer: Peer, what: string, rejected?: Rejected): RookeryError {
  return new RookeryError('bad_reply', tidy(peer, `${peer.who} sent ${what}`), rejected ? { rejected } : {});
}

/** A request that the library refused before it was sent. */
export function unsendable(peer: Peer, error: unknown): RookeryError {
  const reason = error instanceof Error ? error.message : String(error);
  return new RookeryError('bad_request', tidy(peer, `the request to ${peer.who} cannot be made: ${reason}`));
}

/** One line without control characters and without any secret, cut to a length for sentences. */
export function tidy(peer: Peer, text: string): string {
  let clean = text;
  for (const secret of peer.secrets) if (secret !== '') clean = clean.replaceAll(secret, '[key]');
  const line = clean.replace(/[\s\x00-\x1f\x7f-\x9f]+/g, ' ').trim();
  const points = Array.from(line);
  return points.length <= WORDS ? line : `${points.slice(0, WORDS - 1).join('')}…`;
}

/** Milliseconds that the provider asks to wait. Absurd ones count as a day. */
export function retryAfter(headers: Headers): number | undefined {
  const exact = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (Number.isFinite(exact)) return clampWait(exact);
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return clampWait(Number(text) * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : clampWait(date - Date.now());
}

// --- internal ---

interface Facts {
  readonly status: number;
  readonly words: Words;
  readonly wait?: number;
}

function classified(peer: Peer, { status, words, wait }: Facts): RookeryError {
  const say = (did: string): string => tidy(peer, `${peer.who} ${did} (${status})${words.text && `: ${words.text}`}`);
  const later = wait === undefined ? {} : { retryAfterMs: wait };
  if (isOutOfCredit(status, words)) return new RookeryError('billing', say('reports no credit left'));
  if (status === 401 || status === 403) return refused(peer, say);
  if (status === 429) return new RookeryError('rate_limit', say('limits the rate'), later);
  if (status >= 500 || [408, 409, 425].includes(status)) {
    return new RookeryError('unavailable', say('is not available'), later);
  }
  if (isContextOverflow(status, words)) {
    return new RookeryError('context_overflow', say(`cannot take a conversation this long for ${peer.model}`));
  }
  return new RookeryError('bad_request', say('refused the request'));
}

function refused(peer: Peer, say: (did: string) => string): RookeryError {
  if (peer.keyed) return new RookeryError('auth', say('refused the key'));
  return new RookeryError('auth', say('refused a request without a key'), {
    hint: 'a key goes only to the hosts of its provider and to endpoints that you named yourself',
  });
}

/** Followed by itself, a redirect would carry the conversation, and for some headers the key, to another host. */
function redirected(peer: Peer, status: number, location: string | null): RookeryError {
  const to = location && URL.canParse(location) ? ` to ${new URL(location).origin}` : '';
  return new RookeryError('unavailable', tidy(peer, `${peer.who} redirects${to} (${status})`), {
    hint: 'name the address that it redirects to as the endpoint',
  });
}

const clampWait = (ms: number): number => Math.min(DAY, Math.max(0, Math.round(ms)));
