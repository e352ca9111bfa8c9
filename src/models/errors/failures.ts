/**
 * The wall for provider errors: whatever goes wrong becomes one `RookeryError` here, once.
 * Its sentence names the provider, the host and the cause; it never holds a request body or a key.
 */
import { type Rejected, RookeryError } from '../../domain/errors.js';
import { createRedactor } from '../../domain/redact.js';
import { reasonOf } from './broken-connection.js';
import { wordsIn, wordsOf } from './error-body.js';
import {
  closest,
  isContextOverflow,
  isKeyRefused,
  isModelSlip,
  isModerated,
  isOutOfCredit,
  isRateLimit,
  isRecord,
  isUnavailable,
  type Words,
} from './provider-words.js';
import { blockedUntil, resetInHeaders, waitInHeaders, waitInWords } from './waits.js';

/** Who answers, for sentences, and what must never be in them. */
export interface Peer {
  /** `litellm at http://127.0.0.1:4000`. */
  readonly who: string;
  readonly model: string;
  /** A key went with the request. */
  readonly keyed: boolean;
  readonly secrets: readonly string[];
}

const WORDS = 500;

/** A response whose status is not 2xx. */
export function httpFailure(peer: Peer, response: { status: number; headers: Headers; text: string }): RookeryError {
  const { status, headers } = response;
  if (status >= 300 && status < 400) return redirected(peer, status, headers.get('location'));
  const words = wordsIn(response.text);
  const amazon = headers.get('x-amzn-errortype')?.split(':', 1)[0];
  const marks = amazon ? [...words.marks, amazon] : words.marks;
  const wait = waitInHeaders(headers) ?? words.waitMs ?? waitInWords(words.text) ?? resetInHeaders(headers);
  return classified(peer, { status, words: { ...words, marks }, ...(wait !== undefined && { wait }) });
}

/** An error that came inside a 200: as the JSON body, or as a frame of the stream. */
export function frameFailure(peer: Peer, error: unknown): RookeryError {
  const words = wordsOf(error);
  const wait = words.waitMs ?? waitInWords(words.text);
  return classified(peer, { status: closest(words.marks) ?? 500, words, ...(wait !== undefined && { wait }) });
}

/** No response came, or the connection broke while it was read. */
export function networkFailure(peer: Peer, error: unknown): RookeryError {
  const { did, hint } = reasonOf(error);
  return new RookeryError('unavailable', tidy(peer, `${peer.who} ${did}`), hint ? { hint } : {});
}

export function badReply(peer: Peer, what: string, rejected?: Rejected): RookeryError {
  return new RookeryError('bad_reply', tidy(peer, `${peer.who} sent ${what}`), rejected ? { rejected } : {});
}

/** A reply that the library could not read: its field, where the library names one. */
export function unreadableReply(peer: Peer, error: unknown): RookeryError {
  const field = unreadableField(error);
  return badReply(peer, field ? `a reply whose ${field} cannot be read` : 'a reply that broke off or is malformed');
}

/** A request that the library refused before it was sent. */
export function unsendable(peer: Peer, error: unknown): RookeryError {
  const reason = error instanceof Error ? error.message : String(error);
  return new RookeryError('bad_request', tidy(peer, `the request to ${peer.who} cannot be made: ${reason}`));
}

/** One line without control characters and without any secret, cut to a length for sentences. */
export function tidy(peer: Peer, text: string): string {
  const line = createRedactor(peer.secrets)(text)
    .replace(/[\s\x00-\x1f\x7f-\x9f]+/g, ' ')
    .trim();
  const points = Array.from(line);
  return points.length <= WORDS ? line : `${points.slice(0, WORDS - 1).join('')}…`;
}

// --- internal ---

interface Facts {
  readonly status: number;
  readonly words: Words;
  readonly wait?: number;
}

/** The order matters: what waiting, a person or a shorter conversation can cure comes before a refused request. */
function classified(peer: Peer, facts: Facts): RookeryError {
  const { status, words, wait } = facts;
  const say = (did: string): string => tidy(peer, `${peer.who} ${did} (${status})${words.text && `: ${words.text}`}`);
  const later = wait === undefined ? {} : { retryAfterMs: wait };
  if (isOutOfCredit(facts)) return outOfCredit(words, say);
  if (isContextOverflow(facts)) {
    return new RookeryError('context_overflow', say(`cannot take a conversation this long for ${peer.model}`));
  }
  if (isModelSlip(facts)) return new RookeryError('bad_reply', say('refused a tool call that its own model wrote'));
  if (isModerated(facts)) return new RookeryError('bad_request', say('refused what the conversation holds'));
  if (isRateLimit(facts)) return new RookeryError('rate_limit', say('limits the rate'), later);
  if (status === 407) return new RookeryError('auth', say('is behind a proxy that wants a user name and a password'));
  if (isKeyRefused(facts)) return refused(peer, say);
  if (isUnavailable(facts)) return new RookeryError('unavailable', say('is not available'), later);
  return new RookeryError('bad_request', say('refused the request'));
}

function outOfCredit(words: Words, say: (did: string) => string): RookeryError {
  const blocked = blockedUntil(words.text);
  return new RookeryError(
    'billing',
    say('reports no credit left'),
    blocked === undefined ? {} : { retryAfterMs: blocked },
  );
}

function refused(peer: Peer, say: (did: string) => string): RookeryError {
  if (peer.keyed) return new RookeryError('auth', say('refused the key'));
  return new RookeryError('auth', say('refused a request without a key'), {
    hint: 'a key goes only to the hosts of its provider and to endpoints that you named yourself',
  });
}

/** The path of the first fault that a schema found; of several possible forms, the first one counts. */
function unreadableField(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const path = 'issues' in at ? pathIn(at.issues) : [];
    if (path.length > 0) return path.join('.');
  }
  return undefined;
}

function pathIn(issues: unknown): unknown[] {
  const issue: unknown = Array.isArray(issues) ? issues[0] : undefined;
  if (!isRecord(issue)) return [];
  const inner = Array.isArray(issue.errors) ? pathIn(issue.errors[0]) : [];
  return [...(Array.isArray(issue.path) ? issue.path : []), ...inner];
}

/** Followed by itself, a redirect would carry the conversation, and for some headers the key, to another host. */
function redirected(peer: Peer, status: number, location: string | null): RookeryError {
  const to = location && URL.canParse(location) ? ` to ${new URL(location).origin}` : '';
  return new RookeryError('unavailable', tidy(peer, `${peer.who} redirects${to} (${status})`), {
    hint: 'name the address that it redirects to as the endpoint',
  });
}
