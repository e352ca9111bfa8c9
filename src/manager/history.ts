/**
 * Reads the history of one run from Temporal, page by page, and decodes its payloads: those of the fields that are read
 * here become payloads of the default converter, whatever converter and codec wrote them.
 */
import { decodePayloads } from '../domain/decode-payloads.js';
import { MEMO_PHASE, SIGNALS } from '../domain/protocol.js';
import { timestampOf } from '../domain/timestamp.js';
import { JSON_DECODER, type JsonPayload, payloadOf, valueOfPayload } from '../server/json-payloads.js';
import type { HistoryPage, TemporalClient } from '../server/temporal-client.js';

export type HistoryEvent = NonNullable<NonNullable<HistoryPage['history']>['events']>[number];
export type Started = NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>;
export type Payloads = Started['input'];

export async function* historyOf(
  client: TemporalClient,
  workflowId: string,
  runId: string,
): AsyncGenerator<HistoryEvent> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      ...(nextPageToken ? { nextPageToken } : {}),
    });
    for (const event of page.history?.events ?? []) yield await decodeEvent(client, event);
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
}

export async function decodeEvent(client: TemporalClient, event: HistoryEvent): Promise<HistoryEvent> {
  if (!client.options.loadedDataConverter) return event;
  const inputs = [event.workflowExecutionStartedEventAttributes, event.activityTaskScheduledEventAttributes];
  for (const attributes of inputs) if (attributes) attributes.input = await recoded(client, attributes.input);
  const signaled = event.workflowExecutionSignaledEventAttributes;
  if (signaled?.signalName === SIGNALS.raise) signaled.input = await recoded(client, signaled.input);
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) completed.result = await recoded(client, completed.result);
  const failed = event.activityTaskFailedEventAttributes?.failure?.applicationFailureInfo;
  if (failed) failed.details = await recoded(client, failed.details);
  const timedOut = event.activityTaskTimedOutEventAttributes?.failure?.timeoutFailureInfo;
  if (timedOut) timedOut.lastHeartbeatDetails = await recoded(client, timedOut.lastHeartbeatDetails);
  const fields = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields;
  const memo = fields?.[MEMO_PHASE];
  const [phase] = memo ? ((await recoded(client, { payloads: [memo] }))?.payloads ?? []) : [];
  if (fields && phase) fields[MEMO_PHASE] = phase;
  return event;
}

/** Throws for a payload of another codec or converter. */
export async function decodeWith({ options }: TemporalClient, payloads: readonly JsonPayload[]): Promise<unknown[]> {
  return decodePayloads<JsonPayload>(options.loadedDataConverter ?? JSON_DECODER, payloads);
}

export function millisOfEvent(event: HistoryEvent): number {
  return microsOfEvent(event) / 1000;
}

export function timeOf(event: HistoryEvent): string {
  return timestampOf(microsOfEvent(event));
}

export function values(payloads: Payloads): unknown[] {
  return (payloads?.payloads ?? []).map(valueOfPayload);
}

// ---

function microsOfEvent({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000_000 + Math.floor((eventTime?.nanos ?? 0) / 1000);
}

async function recoded(client: TemporalClient, payloads: Payloads): Promise<Payloads> {
  if (!payloads?.payloads) return payloads;
  return { payloads: (await decodeWith(client, payloads.payloads)).map(payloadOf) };
}
