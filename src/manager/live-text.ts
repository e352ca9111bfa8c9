/**
 * The text of the reply that is being generated: heartbeats carry its end, and successive ends overlap, so that a reader
 * can put the whole together. The reply in the history is authoritative.
 */
import type { HeartbeatDetails } from '../domain/activity-calls.js';
import { isOwnActivity } from '../domain/worker-names.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { decodeWith } from './history.js';

/** Has no cursor: it is not in the history. */
export interface TextEvent {
  readonly type: 'text';
  readonly time: string;
  /** The number that the reply will have. */
  readonly iteration: number;
  /** The end of the text so far; with `…` in front when it is not all of it. */
  readonly text: string;
  /**
   * What has been added since the text event before. Null: `text` does not continue it, because the reply began again or
   * more was generated in between than an end holds.
   */
  readonly added: string | null;
}

export type TextGrowth = Pick<TextEvent, 'text' | 'added'>;

/** @returns undefined when nothing has been added */
export function growthOf(before: string, text: string): TextGrowth | undefined {
  if (text === '' || text === before) return undefined;
  if (before === '') return { text, added: text };
  if (!text.startsWith(CUT)) return { text, added: text.startsWith(before) ? text.slice(before.length) : null };
  const end = text.slice(CUT.length);
  for (let size = Math.min(before.length, end.length); size >= LEAST_OVERLAP; size--) {
    if (before.endsWith(end.slice(0, size))) return { text, added: end.slice(size) };
  }
  return { text, added: null };
}

/** What the heartbeats of the pending activities say; `only`: of the activity with this id. */
export async function heartbeatOf(
  client: TemporalClient,
  { raw }: WorkflowDescription,
  only?: string,
): Promise<HeartbeatDetails> {
  // Activities of the user may beat with anything.
  const own = (raw.pendingActivities ?? []).filter(
    ({ activityType, activityId }) => isOwnActivity(activityType?.name) && (only === undefined || activityId === only),
  );
  const payloads = own.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads?.[0] ?? []);
  return Object.assign({}, ...(await decodeWith(client, payloads))) as HeartbeatDetails;
}

// ---

/** Stands for the text before the end. */
const CUT = '…';
/** Fewer equal characters may be a coincidence. */
const LEAST_OVERLAP = 16;
