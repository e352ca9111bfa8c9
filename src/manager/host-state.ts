/**
 * Whether workers poll a queue, and since when a pending activity has no living worker. Reads the server, and the notes of
 * the work directory on workers that have ended.
 */

import { lastPollOf, unpolledSentence } from '../domain/host-change.js';
import { isoSeconds } from '../domain/timestamp.js';
import { endedWorkers } from '../files/running-notes.js';
import type { TemporalClient } from '../server/temporal-client.js';

/** A pending activity of a task. Times in milliseconds since 1970. */
export interface Awaited {
  readonly queue: string;
  /** Scheduled, and not taken by a worker. */
  readonly waits: boolean;
  readonly scheduled: number | undefined;
  /** When its worker began it, or last sent a heartbeat. */
  readonly heard: number | undefined;
  /** The queue of the task's host. */
  readonly host?: string | undefined;
}

/** @returns why the activity makes no progress, when no living worker has it or will take it at once */
export async function absenceOf(client: TemporalClient, activity: Awaited): Promise<string | undefined> {
  const { queue, waits, scheduled, heard } = activity;
  const now = Date.now();
  if (!waits) {
    if (heard === undefined || now - heard < SILENT_MS) return undefined;
    const polled = activity.host === undefined ? 'unknown' : await lastPoll(client, activity.host, ALL);
    if (activity.host !== undefined && isGone(polled, now)) return unpolledSentence(activity.host, polled ?? heard);
    return `its worker has sent no heartbeat since ${isoSeconds(heard)}; it may have died`;
  }
  const last = await lastPoll(client, queue, ALL);
  if (last === 'unknown') return undefined;
  if (isGone(last, now)) return unpolledSentence(queue, last);
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
  /** Whether the worker of that identity is known to have ended. Default: by the notes of the client's work directory. */
  readonly ended?: (identity: string) => boolean;
}

/** True where the server cannot tell. */
export async function isPolled(client: TemporalClient, queue: string, which: WhichWorkers = {}): Promise<boolean> {
  const last = await lastPoll(client, queue, which);
  return last === 'unknown' || (last !== undefined && Date.now() - last <= IDLE_POLL_MS);
}

/** From then on the workers do not count that the notes in this directory know to have ended. */
export function noteEndedWorkers(client: TemporalClient, directory: string): void {
  NOTES.set(client, directory);
}

// ---

/** As the server counts them: it knows since when. */
const ALL: WhichWorkers = { ended: () => false };

const NOTES = new WeakMap<TemporalClient, string>();

function isGone(last: number | undefined | 'unknown', now: number): last is number | undefined {
  return last === undefined || (last !== 'unknown' && now - last > IDLE_POLL_MS);
}

/** The server lists pollers for five minutes; a poll of an idle worker takes one. */
const IDLE_POLL_MS = 75_000;
/** How long a worker that polls takes to begin an activity, at most. */
const TAKEN_MS = 3_000;
/** Heartbeats come each second, and later from a busy machine. */
const SILENT_MS = 6_000;

async function lastPoll(
  client: TemporalClient,
  queue: string,
  { build, ...which }: WhichWorkers = {},
): Promise<number | undefined | 'unknown'> {
  try {
    const notes = NOTES.get(client);
    const ended = which.ended ?? (notes === undefined ? undefined : await endedWorkers(notes));
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
