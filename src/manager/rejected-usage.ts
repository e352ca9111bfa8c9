/** What rejected replies have used, as the end of an iteration tells it in the history: the workflow counts the same. */
import type { CacheMiss, HeartbeatDetails, IterationTrouble } from '../domain/activity-calls.js';
import type { Usage } from '../domain/task.js';
import { type HistoryEvent, type Payloads, values } from './history.js';

/** @returns undefined when it tells of none */
export function rejectedUsage(event: HistoryEvent): Usage | undefined {
  const result = firstOf<Partial<CacheMiss>>(event.activityTaskCompletedEventAttributes?.result);
  if (result?.kind === 'needed' || result?.kind === 'elsewhere') return result.usage;
  const failed = event.activityTaskFailedEventAttributes?.failure?.applicationFailureInfo;
  if (failed) return firstOf<IterationTrouble>(failed.details)?.usage;
  const timedOut = event.activityTaskTimedOutEventAttributes?.failure?.timeoutFailureInfo;
  return firstOf<HeartbeatDetails>(timedOut?.lastHeartbeatDetails)?.rejected?.usage;
}

// ---

function firstOf<T extends object>(payloads: Payloads): T | undefined {
  const [value] = values(payloads);
  return typeof value === 'object' && value !== null ? (value as T) : undefined;
}
