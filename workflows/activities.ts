/**
 * The activities as the workflow calls them, with the reason for each timeout, and the sink calls to the worker that
 * runs the workflow: those add no event to history and may be lost. Never uses scheduleToCloseTimeout: it counts the
 * hours in which no worker runs.
 */
import {
  ActivityCancellationType,
  type ActivityOptions,
  patched,
  proxyActivities,
  proxySinks,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { FIXED } from '../src/domain/limits.js';
import { FAILURES, type WorkerSinks } from '../src/domain/protocol.js';
import type { Prefixed } from '../src/domain/worker-names.js';

const common = {
  // A task is cancelled only when its tool has stopped.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} satisfies ActivityOptions;

/** The model call has its own limit of 10 minutes; a dead worker is detected after 3 s without a heartbeat. */
const iterating: ActivityOptions = {
  ...common,
  startToCloseTimeout: FIXED.modelCallMs + 60_000,
  heartbeatTimeout: '3 seconds',
  retry: { maximumAttempts: 5, initialInterval: '1 second', maximumInterval: '1 minute' },
};

const safeTool: ActivityOptions = {
  ...common,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '3 seconds',
  retry: { maximumAttempts: 5, initialInterval: '1 second', nonRetryableErrorTypes: [FAILURES.refused] },
};

/** A laptop lid that is closed for 15 s must not turn a healthy tool into an unknown outcome. */
const unsafeTool: ActivityOptions = { ...safeTool, heartbeatTimeout: '60 seconds', retry: { maximumAttempts: 1 } };

/** The mirror waits until a full disk has space again: it never gives up and never fails the task. */
const mirroring: ActivityOptions = {
  ...common,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  startToCloseTimeout: '30 seconds',
  heartbeatTimeout: '3 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
};

const NAMED = {
  iterate: proxyActivities<Prefixed<Activities>>(iterating)['rookery.iterate'],
  runSafeTool: proxyActivities<Prefixed<Activities>>(safeTool)['rookery.runTool'],
  runUnsafeTool: proxyActivities<Prefixed<Activities>>(unsafeTool)['rookery.runTool'],
  mirror: proxyActivities<Prefixed<Activities>>(mirroring)['rookery.mirror'],
};

/** Runs that began before the activities had a prefix keep the plain names. */
const PLAIN: TaskActivities = {
  iterate: proxyActivities<Activities>(iterating).iterate,
  runSafeTool: proxyActivities<Activities>(safeTool).runTool,
  runUnsafeTool: proxyActivities<Activities>(unsafeTool).runTool,
  mirror: proxyActivities<Activities>(mirroring).mirror,
};

export type TaskActivities = typeof NAMED;

/** Called once, in the first step of a run: the names of a run never change. */
export function activitiesOfRun(): TaskActivities {
  return patched('prefixed-activities') ? NAMED : PLAIN;
}

/** How long the next iteration waits for the host that has its conversation. */
export const HOST_WAIT = '2 seconds';

export const { rookery: worker } = proxySinks<WorkerSinks>();
