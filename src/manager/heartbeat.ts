/** What the running activity of a task tells in its heartbeats: the text so far, and whether the files are behind. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { HeartbeatDetails } from '../domain/protocol.js';
import { decode } from './payloads.js';

export function heartbeatOf({ raw }: WorkflowExecutionDescription): HeartbeatDetails {
  const told = (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads?.[0] ?? []);
  const details = told.map((payload) => decode<HeartbeatDetails | undefined>(payload) ?? {});
  return Object.assign({}, ...details) as HeartbeatDetails;
}
