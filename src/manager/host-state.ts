/** Whether workers poll a queue, and since when a pending activity has no living worker. Reads the server only. */

import { lastPollOf, unpolledSentence } from '../domain/host-change.js';
import { isoSeconds } from '../domain/timestamp.js';
import type { TemporalClient } from '../server/temporal-client.js';

/** A pending activity of a task. Times in milliseconds since 1970. */
export interface Awaited {
  readonly queue: string;
  /** Scheduled, and not taken by a worker. */
  readonly waits: boolean;
  readonly scheduled: number | undefined;
  /** When its worker began it, or last sent a heartbeat. */
  readonly heard: number | undefined;
}

/** @returns why the activity makes no progress, when no living worker has it or will take it at once */
export async function absenceOf(client: TemporalClient, activity: Awaited): Promise<string | undefined> {
  const { queue, waits, scheduled, heard } = activity;
  const now = Date.now();
  if (!waits) {
    if (heard === undefined || now - heard < SILENT_MS) return undefined;
    return `its worker has sent no heartbeat since ${isoSeconds(heard)}; it may have died`;
  }
  const last = await lastPoll(client, queue);
  if (last === 'unknown') return undefined;
  if (last === undefined || now - last > IDLE_POLL_MS) return unpolledSentence(queue, last);
  // A worker that polls takes an activity at once. One that has begun to poll since then has others before it.
  const isLeft = scheduled !== undefined && now - scheduled > TAKEN_MS && last < scheduled;
  return isLeft ? unpolledSentence(queue, last) : undefined;
}

/** A build of a worker deployment; see Worker Versioning of Temporal. */
export interface Build {
  readonly deploymentName: string;
  readonly buildId: string;
}

export interface WhichWorkers {
  /** Only workers of this build count. Default: those of each. */
  readonly build?: Build;
  /** Whether the worker of that identity is known to have ended, while the server remembers it. Default: none is. */
  readonly ended?: (identity: string) => boolean;
}

/** True where the server cannot tell. */
export async function isPolled(client: TemporalClient, queue: string, which: WhichWorkers = {}): Promise<boolean> {
  const last = await lastPoll(client, queue, which);
  return last === 'unknown' || (last !== undefined && Date.now() - last <= IDLE_POLL_MS);
}

// ---

/** The server lists pollers for five minutes; a poll of an idle worker takes one. */
const IDLE_POLL_MS = 75_000;
/** How long a worker that polls takes to begin an activity, at most. */
const TAKEN_MS = 3_000;
/** Heartbeats come each second, and later from a busy machine. */
const SILENT_MS = 6_000;

async function lastPoll(
  client: TemporalClient,
  queue: string,
  { build, ended }: WhichWorkers = {},
): Promise<number | undefined | 'unknown'> {
  try {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: queue },
      // Only workers of workflows are of a build.
      taskQueueType: build ? 1 : 2,
    });
    return lastPollOf(
      (pollers ?? []).filter(
        ({ identity, deploymentOptions: of }) =>
          !ended?.(identity ?? '') &&
          (!build || (of?.buildId === build.buildId && of.deploymentName === build.deploymentName)),
      ),
    );
  } catch {
    return 'unknown';
  }
}
