/** What a task has cost in history: its size over all runs, and what was sent to its activities. */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { Base } from '../../src/domain/activity-calls.js';
import { activityNameOf } from '../../src/domain/worker-names.js';

type Event = temporal.api.history.v1.IHistoryEvent;

export interface Scheduled {
  /** Without its prefix. */
  readonly activity: string;
  readonly queue: string;
  readonly input: Base;
  /** Groups of messages behind the input. */
  readonly groups: readonly unknown[];
}

/** Run ids, the oldest first. */
export async function runsOf(client: Client, id: string): Promise<string[]> {
  let { runId }: { runId: string | undefined } = await client.workflow.getHandle(id).describe();
  const runs: string[] = [];
  while (runId) {
    runs.unshift(runId);
    const { events } = await client.workflow.getHandle(id, runId).fetchHistory();
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
  }
  return runs;
}

export async function historyBytes(client: Client, id: string): Promise<number> {
  let bytes = 0;
  for (const run of await runsOf(client, id)) {
    bytes += (await client.workflow.getHandle(id, run).describe()).historySize ?? Number.NaN;
  }
  return bytes;
}

export async function eventsOf(client: Client, id: string, run?: string): Promise<Event[]> {
  return (await client.workflow.getHandle(id, run).fetchHistory()).events ?? [];
}

/** Every activity that the task has scheduled in that run, in order. */
export async function scheduledBy(client: Client, id: string, run?: string): Promise<Scheduled[]> {
  return (await eventsOf(client, id, run)).flatMap(({ activityTaskScheduledEventAttributes: event }) => {
    if (!event) return [];
    const [input, ...groups] = (event.input?.payloads ?? []).map((payload) =>
      defaultPayloadConverter.fromPayload(payload),
    );
    return {
      activity: activityNameOf(event.activityType?.name),
      queue: event.taskQueue?.name ?? '',
      input: input as Base,
      groups,
    };
  });
}
