/**
 * The boundary between our errors and Temporal's: each provider error becomes an ApplicationFailure once, with its code
 * as type, whether it may be retried, and when. The workflow decides by the type alone.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { type ErrorCode, RookeryError, sentenceOf } from '../src/domain/errors.js';

const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['rate_limit', 'unavailable', 'bad_reply']);
const MAX_DELAY_MS = 60_000;

export interface Backoff {
  readonly baseMs: number;
  /** Errors in a row before this scheduling. */
  readonly previousErrors: number;
}

export function toFailure(error: unknown, backoff: Backoff): Error {
  const context = Context.current();
  if (context.cancellationSignal.aborted) return interruption(error);
  if (!(error instanceof RookeryError)) return error instanceof Error ? error : new Error(sentenceOf(error));
  const retryable = TRANSIENT.has(error.code);
  const attempt = backoff.previousErrors + context.info.attempt;
  return ApplicationFailure.create({
    type: error.code,
    message: [error.message, error.hint]
      .filter((part) => part !== undefined)
      .map(withoutPeriod)
      .join('. '),
    nonRetryable: !retryable,
    ...(retryable ? { nextRetryDelay: error.retryAfterMs ?? delayMs(backoff.baseMs, attempt) } : {}),
  });
}

/** A worker shutdown does not cancel the task; only a cancel request does. */
export function interruption(error: unknown): Error {
  const details = Context.current().cancellationDetails;
  if (details?.cancelRequested || details?.paused || details?.reset) {
    return error instanceof CancelledFailure ? error : new CancelledFailure('cancelled');
  }
  return ApplicationFailure.create({ type: 'Interrupted', message: 'The worker stopped while this was running.' });
}

function withoutPeriod(sentence: string): string {
  return sentence.replace(/[.\s]+$/, '');
}

function delayMs(baseMs: number, attempt: number): number {
  const delay = Math.min(baseMs * 2 ** Math.min(attempt - 1, 20), MAX_DELAY_MS);
  return Math.round(delay * (0.75 + Math.random() / 2));
}
