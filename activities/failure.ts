/**
 * The boundary between our errors and Temporal's: each provider error becomes an ApplicationFailure once, with its code
 * as type, whether it may be retried, and when. The workflow decides by the type alone.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { IterationTrouble } from '../src/domain/activity-calls.js';
import { type ErrorCode, RookeryError, sentenceOf } from '../src/domain/errors.js';
import type { HostReport } from '../src/domain/host-change.js';
import { FIXED } from '../src/domain/limits.js';
import type { SearchReport } from '../src/domain/search.js';
import type { Usage } from '../src/domain/task.js';

const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['rate_limit', 'unavailable', 'bad_reply']);
export interface Backoff {
  readonly baseMs: number;
  /** Errors in a row before this scheduling. */
  readonly previousErrors: number;
  /** The task's time limit, in milliseconds since 1970: the last try is not later. */
  readonly deadline?: number | undefined;
  /** Tokens of rejected replies. */
  readonly usage: Usage;
  /** Before the first reply, of a worker that has a notifier. */
  readonly notifier?: HostReport | undefined;
  /** Before the first reply. */
  readonly search?: SearchReport | undefined;
}

export function toFailure(error: unknown, backoff: Backoff): Error {
  const context = Context.current();
  if (context.cancellationSignal.aborted) return interruption(error);
  if (!(error instanceof RookeryError)) return error instanceof Error ? error : new Error(sentenceOf(error));
  const { attempt } = context.info;
  const asked = error.retryAfterMs ?? 0;
  const wait = TRANSIENT.has(error.code)
    ? Math.max(asked, delayMs(backoff.baseMs, backoff.previousErrors + attempt))
    : error.retryAfterMs;
  const retryable = TRANSIENT.has(error.code) && asked <= FIXED.attemptWaitMs;
  const details: IterationTrouble = {
    attempts: attempt,
    ...(wait === undefined ? {} : { retry_at: Date.now() + wait }),
    ...(backoff.usage.total_tokens === 0 ? {} : { usage: backoff.usage }),
    ...(backoff.notifier ? { notifier: backoff.notifier } : {}),
    ...(backoff.search?.searchable ? { search: backoff.search } : {}),
  };
  return ApplicationFailure.create({
    type: error.code,
    message: [error.message, error.hint]
      .filter((part) => part !== undefined)
      .map(withoutPeriod)
      .join('. '),
    // A longer wait is the workflow's: a resume, the time limit and a cancel end it.
    nonRetryable: !retryable,
    ...(retryable ? { nextRetryDelay: withinDeadline(wait ?? 0, backoff.deadline) } : {}),
    details: [details],
  });
}

/** The back-off after a number of errors in a row. */
export function delayMs(baseMs: number, errors: number): number {
  const delay = Math.min(baseMs * 2 ** Math.min(errors - 1, 20), FIXED.attemptWaitMs);
  return Math.round(delay * (0.75 + Math.random() / 2));
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

function withinDeadline(wait: number, deadline = Number.POSITIVE_INFINITY): number {
  // The server takes a delay of 0 for none.
  return Math.max(1, Math.min(wait, deadline - Date.now()));
}
