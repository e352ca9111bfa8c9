/**
 * The options of the activities of a task: their defaults, with the reason for each, and what a user may change. Never
 * uses scheduleToCloseTimeout or scheduleToStartTimeout: they count the hours in which no worker runs. Pure.
 */
import type { Duration, Priority, RetryPolicy } from '@temporalio/common';
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import { FIXED } from '../src/domain/limits.js';
import { FAILURES } from '../src/domain/protocol.js';

/** What may be changed of every activity. What is left out keeps its default. */
export interface ActivityTimes {
  /** How long one attempt may take. */
  readonly startToCloseTimeout?: Duration;
  /** How late a heartbeat may be: after this time without one, the worker counts as lost. */
  readonly heartbeatTimeout?: Duration;
  /** Default: `priority` of all activities. */
  readonly priority?: Priority;
}

/** When an attempt that failed is made again. */
export type Attempts = Pick<
  RetryPolicy,
  'initialInterval' | 'maximumInterval' | 'backoffCoefficient' | 'maximumAttempts'
>;

/** Options of the activities of a task, by kind. */
export interface TaskActivityOptions {
  /** One iteration: quick tools and the model call. Default: 11 minutes, heartbeat 10 seconds, 5 attempts. */
  readonly iterate?: ActivityTimes & { readonly retry?: Attempts };
  /** A tool call that may run twice. Default: 10 minutes, heartbeat 10 seconds, 5 attempts. */
  readonly safeTool?: ActivityTimes & { readonly retry?: Attempts };
  /**
   * A tool call that may not run twice: it is never retried. Default: 10 minutes, a command as long as the task allows it;
   * heartbeat 60 seconds.
   */
  readonly unsafeTool?: ActivityTimes;
  /** A write of the files where no other activity makes it. Default: 30 seconds, heartbeat 10 seconds, until it succeeds. */
  readonly mirror?: ActivityTimes & { readonly retry?: Omit<Attempts, 'maximumAttempts'> };
}

/** Options of a task that its workflow decides. */
export interface AgentOptions {
  readonly activities?: TaskActivityOptions;
  /** Of the activities in `TaskActivityOptions`. Default: that of the workflow. */
  readonly priority?: Priority;
}

export type ActivityKind = keyof TaskActivityOptions;

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

const TOOL_MS = 10 * 60_000;

const safeTool = {
  ...common,
  startToCloseTimeout: TOOL_MS,
  heartbeatTimeout,
  retry: { maximumAttempts: 5, initialInterval: '1 second', nonRetryableErrorTypes: [FAILURES.refused] },
} satisfies ActivityOptions;

const DEFAULTS: Readonly<Record<ActivityKind, ActivityOptions>> = {
  iterate: {
    ...common,
    // The model call has its own limit of 10 minutes.
    startToCloseTimeout: FIXED.modelCallMs + 60_000,
    heartbeatTimeout,
    // Then the workflow counts the errors, and a worker that was lost is asked again without limit.
    retry: { maximumAttempts: 5, initialInterval: '1 second', maximumInterval: '1 minute' },
  },
  safeTool,
  // A laptop lid that is closed for 15 s must not turn a healthy tool into an unknown outcome.
  unsafeTool: { ...safeTool, heartbeatTimeout: '60 seconds', retry: { maximumAttempts: 1 } },
  // The mirror waits until a full disk has space again: it never gives up and never fails the task.
  mirror: {
    ...common,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    startToCloseTimeout: '30 seconds',
    heartbeatTimeout,
    retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
  },
};

/** Throws `TypeError` for an option that does not exist, or that would break the task. */
export function activityOptionsOf({ activities = {}, priority }: AgentOptions): typeof DEFAULTS {
  refuseUnknown('activities', activities, Object.keys(DEFAULTS));
  const merged = (kind: ActivityKind): ActivityOptions => {
    const given: ActivityTimes & { readonly retry?: Attempts } = activities[kind] ?? {};
    refuseUnknown(`activities.${kind}`, given, kind === 'unsafeTool' ? TIMES : [...TIMES, 'retry']);
    refuseUnknown(`activities.${kind}.retry`, given.retry ?? {}, kind === 'mirror' ? PACE : [...PACE, COUNT]);
    refuseEndless(kind, given.retry?.maximumAttempts);
    const usual = DEFAULTS[kind];
    return {
      ...usual,
      ...(priority && { priority }),
      ...given,
      retry: { ...usual.retry, ...given.retry },
    };
  };
  return {
    iterate: merged('iterate'),
    safeTool: merged('safeTool'),
    unsafeTool: merged('unsafeTool'),
    mirror: merged('mirror'),
  };
}

/** The longest command of the task must fit. A time that the user has set stays: the worker gives a command less then. */
export function commandTimesOf({ activities = {} }: AgentOptions): (longestMs: number) => ActivityTimes {
  if (activities.unsafeTool?.startToCloseTimeout !== undefined) return () => ({});
  return (longestMs) => ({ startToCloseTimeout: Math.max(TOOL_MS, longestMs + FIXED.commandMarginMs) });
}

// ---

const TIMES: readonly string[] = [
  'startToCloseTimeout',
  'heartbeatTimeout',
  'priority',
] satisfies (keyof ActivityTimes)[];
const COUNT = 'maximumAttempts';
const PACE = ['initialInterval', 'maximumInterval', 'backoffCoefficient'];

/** A program without types may give any option, and one that is ignored looks as if it held. */
function refuseUnknown(where: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `The option ${where}.${unknown} cannot be set; there are ${known.map((name) => `'${name}'`).join(', ')}`,
  );
}

/** Temporal takes 0 for no limit. Then the workflow would never learn that the provider is down. */
function refuseEndless(kind: ActivityKind, attempts: number | undefined): void {
  if (attempts === undefined || (Number.isInteger(attempts) && attempts >= 1)) return;
  throw new TypeError(`activities.${kind}.retry.maximumAttempts is ${attempts}; it must be a whole number from 1`);
}
