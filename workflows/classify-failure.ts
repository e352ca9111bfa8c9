/** Classifies why an activity failed and what the loop does about it. Pure. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { HeartbeatDetails, IterationTrouble } from '../src/domain/activity-calls.js';
import type { HostReport } from '../src/domain/host-change.js';
import { FAILURES } from '../src/domain/protocol.js';
import type { SearchReport } from '../src/domain/search.js';
import { NO_USAGE, type Usage } from '../src/domain/task.js';

/** What a failed iteration means for the task. */
export type Trouble =
  /** The worker died or stopped during the activity: schedule it again at once. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'out_of_time' }
  /** No worker of that host took the activity in time. */
  | { readonly kind: 'host_gone' }
  /** `retryAt`: milliseconds since 1970, not before. */
  | { readonly kind: 'provider'; readonly reason: string; readonly attempts: number; readonly retryAt?: number }
  | { readonly kind: 'person'; readonly reason: string; readonly retryAt?: number }
  | { readonly kind: 'fatal'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Attempts of a scheduling whose activity did not say how many there were: an earlier version. */
const ATTEMPTS = 5;

export function failureType(error: unknown): string | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return cause.type ?? 'Error';
  return cause instanceof TimeoutFailure ? `timeout:${cause.timeoutType}` : (cause?.name ?? 'Error');
}

export function troubleOf(error: unknown): Trouble {
  const type = failureType(error);
  const reason = error instanceof ActivityFailure ? (error.cause?.message ?? error.message) : String(error);
  const { attempts = ATTEMPTS, retry_at } = detailsOf(error) ?? {};
  const later = retry_at === undefined ? {} : { retryAt: retry_at };
  switch (type) {
    case 'timeout:SCHEDULE_TO_START':
      return { kind: 'host_gone' };
    case 'timeout:HEARTBEAT':
    case 'timeout:START_TO_CLOSE':
    case FAILURES.workerLost:
    case 'Interrupted':
    case 'WorkerShutdown':
      return { kind: 'lost' };
    case FAILURES.outOfTime:
      return { kind: 'out_of_time' };
    case 'rate_limit':
    case 'unavailable':
    case 'bad_reply':
      return { kind: 'provider', reason, attempts, ...later };
    case 'bad_request':
      return { kind: 'fatal', reason };
    case FAILURES.refused:
      return { kind: 'refused', reason };
    default:
      // auth, billing, missing_key, context_overflow and unexpected errors: a person must look; nothing is lost.
      return { kind: 'person', reason, ...later };
  }
}

/** Of an activity that no worker took in time: with an earlier failure in it, an earlier attempt had been started. */
export function wasNeverStarted(error: unknown): boolean {
  return error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.cause.cause === undefined;
}

/** Tokens of rejected replies, as far as a failed iteration tells. */
export function usageOf(error: unknown): Usage {
  if (!(error instanceof ActivityFailure)) return NO_USAGE;
  const { cause } = error;
  if (!(cause instanceof TimeoutFailure)) return detailsOf(error)?.usage ?? NO_USAGE;
  return (cause.lastHeartbeatDetails as HeartbeatDetails | null | undefined)?.rejected?.usage ?? NO_USAGE;
}

/** What a failed iteration tells of the worker's notifier. */
export function notifierOf(error: unknown): HostReport {
  return detailsOf(error)?.notifier ?? {};
}

/** What a failed iteration tells of the search attributes. */
export function searchOf(error: unknown): SearchReport {
  return detailsOf(error)?.search ?? {};
}

// ---

function detailsOf(error: unknown): IterationTrouble | undefined {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return undefined;
  const [details] = error.cause.details ?? [];
  return details === null || typeof details !== 'object' ? undefined : (details as IterationTrouble);
}
