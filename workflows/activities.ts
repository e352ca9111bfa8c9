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

/**
 * How late a heartbeat may be. Only for a host that is lost, with all its workers: another worker of a host notices the
 * death of a process within a second or two, by its notes on disk. Longer than a stall of a busy machine; when a stall is
 * longer still, the next attempt on that worker joins the work of the first.
 */
const heartbeatTimeout = '10 seconds';

/** The model call has its own limit of 10 minutes. */
const iterating: ActivityOptions = {
  ...common,
  startToCloseTimeout: FIXED.modelCallMs + 60_000,
  heartbeatTimeout,
  retry: { maximumAttempts: 5, initialInterval: '1 second', maximumInterval: '1 minute' },
};

const safeTool: ActivityOptions = {
  ...common,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout,
  retry: { maximumAttempts: 5, initialInterval: '1 second', nonRetryableErrorTypes: [FAILURES.refused] },
};

/** A laptop lid that is closed for 15 s must not turn a healthy tool into an unknown outcome. */
const unsafeTool: ActivityOptions = { ...safeTool, heartbeatTimeout: '60 seconds', retry: { maximumAttempts: 1 } };

/** The mirror waits until a full disk has space again: it never gives up and never fails the task. */
const mirroring: ActivityOptions = {
  ...common,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  startToCloseTimeout: '30 seconds',
  heartbeatTimeout,
  retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
};

/** It computes one MAC; a worker of the queue may have to start first. */
const signing: ActivityOptions = { startToCloseTimeout: '10 seconds', retry: { maximumInterval: '10 seconds' } };

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

/** What a run does as the version did that began it. `writesMemo`: also with events of their own. */
export interface Edition {
  readonly activities: TaskActivities;
  readonly writesMemo: boolean;
}

/** Called once, in the first step of a run: what it decides never changes, and one mark in the history is enough. */
export function editionOfRun(): Edition {
  const writesMemo = patched('memo');
  return { activities: writesMemo || arePrefixed() ? NAMED : PLAIN, writesMemo };
}

/** `taskQueue`: of a worker that has the plugin. Default: the queue of the calling workflow. */
export function signTaskOn(taskQueue: string | undefined): Activities['signTask'] {
  const options = taskQueue === undefined ? signing : { ...signing, taskQueue };
  return arePrefixed()
    ? proxyActivities<Prefixed<Activities>>(options)['rookery.signTask']
    : proxyActivities<Activities>(options).signTask;
}

export const { rookery: worker } = proxySinks<WorkerSinks>();

// ---

/** False in runs that began before the activities had a prefix. */
function arePrefixed(): boolean {
  return patched('prefixed-activities');
}
