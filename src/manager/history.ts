/**
 * Reads the history of one run from Temporal, page by page, and decodes its payloads: those of the fields that are read
 * here become payloads of the default converter, whatever converter and codec wrote them.
 */
import { type Client, defaultPayloadConverter } from '@temporalio/client';
import { decodePayloads } from '../domain/decode-payloads.js';
import { MEMO_PHASE } from '../domain/protocol.js';

type Page = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;
export type HistoryEvent = NonNullable<NonNullable<Page['history']>['events']>[number];
export type Started = NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>;
export type Payloads = Started['input'];
export type Payload = NonNullable<NonNullable<NonNullable<Payloads>['payloads']>[number]>;

export async function* historyOf(client: Client, workflowId: string, runId: string): AsyncGenerator<HistoryEvent> {
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

export async function decodeEvent(client: Client, event: HistoryEvent): Promise<HistoryEvent> {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  if (payloadCodecs.length === 0 && payloadConverter === defaultPayloadConverter) return event;
  const inputs = [event.workflowExecutionStartedEventAttributes, event.activityTaskScheduledEventAttributes];
  for (const attributes of inputs) if (attributes) attributes.input = await recoded(client, attributes.input);
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) completed.result = await recoded(client, completed.result);
  const fields = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields;
  const memo = fields?.[MEMO_PHASE];
  const [phase] = memo ? ((await recoded(client, { payloads: [memo] }))?.payloads ?? []) : [];
  if (fields && phase) fields[MEMO_PHASE] = phase;
  return event;
}

export async function decodeWith(client: Client, payloads: readonly Payload[]): Promise<unknown[]> {
  return decodePayloads<Payload>(client.options.loadedDataConverter, payloads);
}

export function decode<T>(payload: Payload): T {
  return defaultPayloadConverter.fromPayload<T>(payload);
}

export function values(payloads: Payloads): unknown[] {
  return (payloads?.payloads ?? []).map((payload) => decode(payload));
}

// ---

async function recoded(client: Client, payloads: Payloads): Promise<Payloads> {
  if (!payloads?.payloads) return payloads;
  const decoded = await decodeWith(client, payloads.payloads);
  return { payloads: decoded.map((value) => defaultPayloadConverter.toPayload(value)) };
}
