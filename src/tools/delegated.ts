/**
 * Tools whose work is done elsewhere: the workflow of the task runs an activity, a child workflow or a Nexus operation of
 * the user. Policy, approval, claim and audit log are those of every other tool.
 */
import type { z } from 'zod';
import type { Delegate, DelegatePriority, DelegateRetry, Duration } from '../domain/delegate.js';
import type { Effect, Label, Replay, Touches } from '../domain/tool.js';
import { isOwnActivity } from '../domain/worker-names.js';
import { failed } from './outcome.js';
import { defineTool, replayOf, type Tool } from './tool.js';

/** What all three have in common. */
export interface DelegatedTool<Args> {
  /** Letters, digits, `_` and `-`; at most 64. */
  readonly name: string;
  /** For the model; says the limits. */
  readonly description: string;
  /** A strict zod object: what the model sends is parsed by it, and the result is the only argument. */
  readonly parameters: z.ZodType<Args>;
  readonly effect: Effect;
  /** `unsafe`: it is attempted once, unless `retry` says otherwise. Default: `safe` for `read`, else `unsafe`. */
  readonly replay?: Replay;
  /** What comes into the conversation with its output; with `untrusted` the model is told so. Default: by its effect. */
  readonly yields?: readonly Label[];
  /** What a call would touch, for the rules of a policy. Default: nothing that a rule could name. */
  touches?(args: Args): Touches;
  /** A word for the timeline. Default: the arguments as JSON. */
  summary?(args: Args): string;
}

export interface ActivityTool<Args> extends DelegatedTool<Args> {
  /** Type of the activity. Its id is that of the call: the idempotency key. */
  readonly activity: string;
  /** Default: the queue of the task's workflow. */
  readonly taskQueue?: string;
  /** Of one attempt. Default: 10 minutes, as for every tool. */
  readonly startToCloseTimeout?: Duration;
  /** How long it may wait for a worker. Default: as long as it takes. */
  readonly scheduleToStartTimeout?: Duration;
  /** Without it, a worker that dies is noticed at the end of `startToCloseTimeout`. Default: none. */
  readonly heartbeatTimeout?: Duration;
  /** Default: 5 attempts of a safe one, 1 of an unsafe one. */
  readonly retry?: DelegateRetry;
  readonly priority?: DelegatePriority;
}

export interface WorkflowTool<Args> extends DelegatedTool<Args> {
  /** Type of the child workflow. Its id is the name of the tool with the id of the call. */
  readonly workflow: string;
  /** Default: the queue of the task's workflow. */
  readonly taskQueue?: string;
  /** Default: none. */
  readonly workflowRunTimeout?: Duration;
  /** Default: none, so it is started once. */
  readonly retry?: DelegateRetry;
  readonly priority?: DelegatePriority;
}

export interface NexusTool<Args> extends DelegatedTool<Args> {
  readonly endpoint: string;
  readonly service: string;
  readonly operation: string;
  /** Default: none, so it may wait for its handler as long as it takes. */
  readonly scheduleToCloseTimeout?: Duration;
}

/** A tool that is an activity of yours. Throws a TypeError for an invalid definition, which its author must fix. */
export function activityTool<Args>(definition: ActivityTool<Args>): Tool<Args> {
  const { activity, taskQueue, scheduleToStartTimeout, heartbeatTimeout, priority } = definition;
  const { startToCloseTimeout = DEFAULT_TIMEOUT } = definition;
  if (isOwnActivity(activity)) {
    throw new TypeError(`The activity '${activity}' has the name of one of Rookery's own: give yours another name.`);
  }
  const maximumAttempts = replayOf(definition) === 'safe' ? SAFE_ATTEMPTS : 1;
  const retry = { maximumAttempts, ...definition.retry };
  return delegatedTool(definition, {
    kind: 'activity',
    activity: named(definition, 'activity', activity),
    startToCloseTimeout,
    retry,
    ...given({ taskQueue, scheduleToStartTimeout, heartbeatTimeout, priority }),
  });
}

/**
 * A tool that is a workflow of yours, run as a child of the task. Throws a TypeError for an invalid definition, which its
 * author must fix.
 */
export function workflowTool<Args>(definition: WorkflowTool<Args>): Tool<Args> {
  const { workflow, taskQueue, workflowRunTimeout, retry, priority } = definition;
  return delegatedTool(definition, {
    kind: 'workflow',
    workflow: named(definition, 'workflow', workflow),
    ...given({ taskQueue, workflowRunTimeout, retry, priority }),
  });
}

/** A tool that is a Nexus operation. Throws a TypeError for an invalid definition, which its author must fix. */
export function nexusTool<Args>(definition: NexusTool<Args>): Tool<Args> {
  const { endpoint, service, operation, scheduleToCloseTimeout } = definition;
  return delegatedTool(definition, {
    kind: 'nexus',
    endpoint: named(definition, 'endpoint', endpoint),
    service: named(definition, 'service', service),
    operation: named(definition, 'operation', operation),
    ...given({ scheduleToCloseTimeout }),
  });
}

// ---

const DEFAULT_TIMEOUT = '10 minutes';
const SAFE_ATTEMPTS = 5;

/** What Temporal reads as a time. */
const DURATION = /^\d*\.?\d+ *(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)$/i;

function delegatedTool<Args>(definition: DelegatedTool<Args>, delegate: Delegate): Tool<Args> {
  const { name, description, parameters, effect, replay, yields, touches, summary } = definition;
  checkDurations(name, delegate);
  return defineTool<Args>({
    ...{ name, description, effect, delegate },
    input: parameters,
    ...given({ replay, yields, touches, summary }),
    run: async () => failed(`'${name}' runs only in the workflow of a task.`),
  });
}

function named(definition: { readonly name: string }, field: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new TypeError(`The tool '${definition.name}' needs the name of its ${field}, not '${String(value)}'.`);
}

/** One that Temporal cannot read would fail each call. */
function checkDurations(tool: string, value: object): void {
  for (const [field, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) checkDurations(tool, inner);
    if (!/Timeout$|Interval$/.test(field)) continue;
    const isDuration = typeof inner === 'number' ? Number.isFinite(inner) && inner > 0 : DURATION.test(String(inner));
    if (!isDuration) throw new TypeError(`The ${field} of the tool '${tool}' is no time: '${String(inner)}'.`);
  }
}

function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
