/**
 * Tools that the workflow of a task runs itself: an activity, a child workflow or a Nexus operation of the user. What
 * crosses the boundary between a worker and the workflow, as JSON. Pure.
 */
import { utf8Length } from './conversation.js';
import { FIXED } from './limits.js';
import type { CallOutcome } from './tool.js';
import { truncate } from './truncate.js';

/** Milliseconds, or a text such as `30 seconds`. */
export type Duration = number | string;

/** As Temporal's retry policy. */
export interface DelegateRetry {
  /** How often it may be attempted, the first time included. */
  readonly maximumAttempts?: number;
  readonly initialInterval?: Duration;
  readonly backoffCoefficient?: number;
  readonly maximumInterval?: Duration;
  readonly nonRetryableErrorTypes?: readonly string[];
}

/** As Temporal's priority of activities and workflows. */
export interface DelegatePriority {
  readonly priorityKey?: number;
  readonly fairnessKey?: string;
  readonly fairnessWeight?: number;
}

export interface DelegatedActivity {
  readonly kind: 'activity';
  readonly activity: string;
  /** Default: the queue of the task's workflow. */
  readonly taskQueue?: string;
  readonly startToCloseTimeout: Duration;
  readonly scheduleToStartTimeout?: Duration;
  readonly heartbeatTimeout?: Duration;
  readonly retry: DelegateRetry;
  readonly priority?: DelegatePriority;
}

export interface DelegatedWorkflow {
  readonly kind: 'workflow';
  readonly workflow: string;
  /** Default: the queue of the task's workflow. */
  readonly taskQueue?: string;
  /** Of one run of it. */
  readonly workflowRunTimeout?: Duration;
  readonly retry?: DelegateRetry;
  readonly priority?: DelegatePriority;
}

export interface DelegatedOperation {
  readonly kind: 'nexus';
  readonly endpoint: string;
  readonly service: string;
  readonly operation: string;
  /** The end to end time. */
  readonly scheduleToCloseTimeout?: Duration;
}

export type Delegate = DelegatedActivity | DelegatedWorkflow | DelegatedOperation;

/** How it ended, before a worker has removed keys from its text. */
export interface DelegateEnd {
  readonly outcome: CallOutcome;
  /** Bounded by `boundedContent`. */
  readonly content: string;
}

/** What a result is for the model: a text as it is, anything else as JSON. */
export function textOfResult(result: unknown): string {
  if (typeof result === 'string') return result;
  return result === undefined || result === null ? '(no result)' : (JSON.stringify(result) ?? '(no result)');
}

/** Cut to what a tool may put out; as JSON too, because it travels beside the conversation. */
export function boundedContent(text: string): string {
  for (let maxBytes: number = FIXED.toolOutputBytes; ; ) {
    const content = truncate(text, { maxBytes });
    const size = utf8Length(JSON.stringify(content));
    if (size <= FIXED.toolOutputBytes + QUOTES) return content;
    maxBytes = Math.floor((maxBytes * FIXED.toolOutputBytes) / size);
  }
}

// ---

const QUOTES = 2;
