/** How a workflow ended, from the event that closes its last run: as the SDK's `result` reports it. */
import { type JsonPayload, valueOfPayload } from './json-payloads.js';
import type { HistoryPage, ServiceCalls } from './temporal-client.js';

/** Waits for the end. Throws an error whose cause has the message and the details of the failure. */
export async function workflowResult(
  service: ServiceCalls,
  { workflowId, runId: firstRun }: { readonly workflowId: string; readonly runId?: string },
): Promise<unknown> {
  let runId = firstRun;
  let nextPageToken: Uint8Array | undefined;
  for (;;) {
    const page = await service.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId, ...(runId === undefined ? {} : { runId }) },
      waitNewEvent: true,
      historyEventFilterType: CLOSE_EVENT,
      ...(nextPageToken && { nextPageToken }),
    });
    const event = page.history?.events?.[0];
    const later = event && laterRunOf(event);
    if (event && !later) return endOf(event);
    runId = later ?? runId;
    nextPageToken = later ? undefined : page.nextPageToken;
  }
}

// ---

const CLOSE_EVENT = 2;

type Event = NonNullable<NonNullable<HistoryPage['history']>['events']>[number];
type Payloads = { readonly payloads?: readonly JsonPayload[] | null } | null | undefined;

/** By continue-as-new, or by a retry or a schedule of the server. */
function laterRunOf(event: Event): string | undefined {
  const closing =
    event.workflowExecutionContinuedAsNewEventAttributes ??
    event.workflowExecutionCompletedEventAttributes ??
    event.workflowExecutionFailedEventAttributes ??
    event.workflowExecutionTimedOutEventAttributes;
  return closing?.newExecutionRunId || undefined;
}

function endOf(event: Event): unknown {
  const { workflowExecutionCompletedEventAttributes: completed, workflowExecutionFailedEventAttributes: failed } =
    event;
  const cancelled = event.workflowExecutionCanceledEventAttributes;
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (completed) return valuesOf(completed.result)[0];
  if (failed) {
    const { message, applicationFailureInfo } = failed.failure ?? {};
    throw ended('Workflow execution failed', message ?? '', valuesOf(applicationFailureInfo?.details));
  }
  if (cancelled) throw ended('Workflow execution cancelled', 'Workflow canceled', valuesOf(cancelled.details));
  if (terminated)
    throw ended('Workflow execution terminated', terminated.reason || 'Workflow execution terminated', []);
  throw ended('Workflow execution timed out', 'Workflow execution timed out', []);
}

function ended(message: string, reason: string, details: readonly unknown[]): Error {
  return new Error(message, { cause: Object.assign(new Error(reason), { details }) });
}

function valuesOf(payloads: Payloads): unknown[] {
  return (payloads?.payloads ?? []).map(valueOfPayload);
}
