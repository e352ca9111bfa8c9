/** Parts of a workflow around a run, in memory: activities that a test answers, and what the loop hands to its steps. */
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';
import type { JudgedCall } from '../../src/domain/activity-calls.js';
import type { Call } from '../../src/domain/conversation.js';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { Wait } from '../../src/domain/wait.js';
import type { TaskActivities } from '../../workflows/activities.js';
import type { Control } from '../../workflows/control.js';
import { Dispatch } from '../../workflows/dispatch.js';
import type { Inbox } from '../../workflows/inbox.js';
import type { MirrorQueue } from '../../workflows/mirror-queue.js';
import { PendingMirror } from '../../workflows/pending-mirror.js';
import { type Accepted, TaskRun } from '../../workflows/task-state.js';

/** What an activity was given. */
export interface Scheduled {
  readonly options: { readonly taskQueue?: string; readonly scheduleToStartTimeout?: unknown };
  readonly base: Record<string, unknown>;
  readonly groups: readonly unknown[];
}

type Answers = (scheduled: Scheduled) => unknown;

/** An activity: its answers in their order; the last one serves all that follow. An error is thrown. */
export class ActivityDouble {
  readonly scheduled: Scheduled[] = [];
  answers: (Answers | object)[] = [];

  readonly executeWithOptions = async (options: Scheduled['options'], args: unknown[]): Promise<unknown> => {
    const [base, ...groups] = args;
    const scheduled = { options, base: base as Record<string, unknown>, groups };
    this.scheduled.push(scheduled);
    const next = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    const answer = typeof next === 'function' ? (next as Answers)(scheduled) : next;
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

export function activityFailure(type: string, message = 'the reason', details: unknown[] = []): ActivityFailure {
  return around(ApplicationFailure.create({ type, message, nonRetryable: true, details }));
}

/** `cause`: how an earlier attempt failed. */
export function timedOut(type: TimeoutType = TimeoutType.HEARTBEAT, cause?: Error): ActivityFailure {
  return around(Object.assign(new TimeoutFailure('timed out', undefined, type), cause && { cause }));
}

export function accepted(calls: readonly Call[] = [], judged: readonly JudgedCall[] = [], more = {}): Accepted {
  const message = { role: 'assistant' as const, content: 'said', ...(calls.length > 0 ? { calls } : {}) };
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  return { kind: 'accepted', state: 't1', observations: [], message, judged, usage, ...MODEL, ...more };
}

const MODEL = { provider: 'litellm', model: 'm' };

/** Nothing has been sent to control the task. */
export const quietControl = {
  paused: null,
  arrivals: 0,
  isVerifying: false,
  deliver: () => false,
  answered: () => undefined,
} as unknown as Control;

/** What the steps of the loop share. */
export function surroundings(
  input: Partial<TaskInput> = {},
  activities: Partial<Record<keyof TaskActivities, object>> = {},
) {
  const run = new TaskRun({ prompt: 'p', ...input }, undefined, []);
  const pendingMirror = new PendingMirror(run, () => undefined);
  const mirroring = { flushed: 0, flush: () => void mirroring.flushed++ };
  return {
    run,
    pendingMirror,
    dispatch: new Dispatch(run, pendingMirror, activities as TaskActivities),
    mirroring: mirroring as unknown as MirrorQueue & { readonly flushed: number },
    inbox: { open: false, wakes: [] } as unknown as Inbox,
    control: quietControl,
    mustMove: () => false,
    waiting: null as Wait | null,
  };
}

// ---

function around(cause: Error): ActivityFailure {
  return new ActivityFailure('activity failed', 'iterate', '1', RetryState.MAXIMUM_ATTEMPTS_REACHED, 'worker', cause);
}
