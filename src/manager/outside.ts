/**
 * What only the last events of a run say: who ended it from outside, and why its workflow task fails. Names and reasons
 * come from other clients: they are cut here, and made visible where they are shown.
 */
import { firstLine } from '../domain/task-id.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { failureMessage } from './failure-message.js';
import type { HistoryEvent } from './history.js';
import { TERMINATED } from './status-object.js';

/** Of a run that was terminated. The history of the same run gives the same sentence at any time. */
export async function terminatedSentence(client: TemporalClient, at: WorkflowDescription): Promise<string> {
  const [last] = await lastEvents(client, at, 1);
  const attributes = last?.workflowExecutionTerminatedEventAttributes;
  return byWhom(TERMINATED, { identity: attributes?.identity, reason: attributes?.reason });
}

/** Of a run that was cancelled. @returns undefined when its last events do not tell */
export async function cancelledSentence(client: TemporalClient, at: WorkflowDescription): Promise<string | undefined> {
  for (const { workflowExecutionCancelRequestedEventAttributes: asked } of await lastEvents(client, at, LAST)) {
    if (asked) return byWhom('cancelled', { identity: asked.identity, reason: asked.cause });
  }
  return undefined;
}

/** Of the workflow task that waits or runs. */
export function taskAttempt({ raw }: WorkflowDescription): number {
  return Number(raw.pendingWorkflowTask?.attempt ?? 1);
}

/** Its last workflow task has failed, or the worker that had it has died. */
export function hasFailedTask(at: WorkflowDescription): boolean {
  return taskAttempt(at) > 1;
}

/** Of an open run. @returns undefined when its workflow task does not fail */
export async function failingTask(client: TemporalClient, at: WorkflowDescription): Promise<string | undefined> {
  for (const event of await lastEvents(client, at, LAST)) {
    const { workflowTaskFailedEventAttributes: failed } = event;
    if (failed) {
      const message = await failureMessage(client, failed.failure).catch(() => undefined);
      return `workflow task fails: ${shown(message ?? '') || 'no reason given'} (attempt ${taskAttempt(at)})`;
    }
    if (event.workflowTaskCompletedEventAttributes || event.workflowTaskTimedOutEventAttributes) return undefined;
  }
  return undefined;
}

// ---

/** A cancel and a failure are among these, unless more signals have come since. */
const LAST = 50;
const LENGTH = 200;

interface Author {
  readonly identity?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

function byWhom(what: string, { identity, reason }: Author): string {
  const author = identity ? ` by ${shown(identity)}` : '';
  return reason ? `${what}${author}: ${shown(reason)}` : `${what}${author}`;
}

function shown(text: string): string {
  return firstLine(text, LENGTH);
}

/** The last one first. */
async function lastEvents(client: TemporalClient, at: WorkflowDescription, most: number): Promise<HistoryEvent[]> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId: at.workflowId, runId: at.runId },
    maximumPageSize: most,
  });
  return history?.events ?? [];
}
