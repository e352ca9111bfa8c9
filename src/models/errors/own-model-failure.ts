/**
 * Errors of a model object that the user gave. Packages of the AI SDK throw what the SDK defines: an error of a request is
 * classed as one of our own requests. What a handwritten model throws counts as an outage, so that the task tries again.
 */
import { RookeryError, sentenceOf } from '../../domain/errors.js';
import { frameFailure, httpFailure, networkFailure, type Peer, tidy, unreadableReply, unsendable } from './failures.js';

export function ownModelFailure(peer: Peer, error: unknown): RookeryError {
  // The last part of a broken stream holds the provider's own words.
  if (!(error instanceof Error)) return frameFailure(peer, error);
  const { name } = error;
  if (name === 'AI_APICallError') return requestFailure(peer, error);
  if (KEY_MISSING.has(name)) return new RookeryError('missing_key', tidy(peer, `${peer.who}: ${error.message}`));
  if (UNSENDABLE.has(name)) return unsendable(peer, error);
  if (name.startsWith('AI_')) return unreadableReply(peer, error);
  if (isOfNetwork(error)) return networkFailure(peer, error);
  return new RookeryError('unavailable', tidy(peer, `${peer.who} failed: ${sentenceOf(error)}`));
}

// --- internal ---

/** By name: the package of the model may have its own copy of the SDK. */
const KEY_MISSING: ReadonlySet<string> = new Set(['AI_LoadAPIKeyError', 'AI_LoadSettingError']);
const UNSENDABLE: ReadonlySet<string> = new Set([
  'AI_InvalidArgumentError',
  'AI_InvalidPromptError',
  'AI_NoSuchModelError',
  'AI_UnsupportedFunctionalityError',
]);

interface CallError extends Error {
  readonly statusCode?: number;
  readonly responseHeaders?: Record<string, string>;
  readonly responseBody?: string;
}

function requestFailure(peer: Peer, error: CallError): RookeryError {
  const { statusCode: status, responseHeaders = {}, responseBody = '' } = error;
  if (status === undefined) return networkFailure(peer, error);
  if (status >= 200 && status < 300) return unreadableReply(peer, error);
  return httpFailure(peer, { status, headers: new Headers(responseHeaders), text: responseBody });
}

/** `fetch` wraps the error of the socket, which has a code. */
function isOfNetwork(error: Error): boolean {
  const { cause, code } = error as { readonly cause?: unknown; readonly code?: unknown };
  return typeof code === 'string' || (cause instanceof Error && isOfNetwork(cause));
}
