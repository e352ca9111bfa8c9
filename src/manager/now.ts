/**
 * What a task does at this moment: from its history, which says what is scheduled, and from the server's pending
 * activities, which say whether a worker has taken it. Live only: it has no cursor.
 */
import type { Call } from '../domain/conversation.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { failureMessage } from './failure-message.js';
import type { PublishedWait, ScheduledActivity, WorkInFlight } from './work-in-flight.js';
import { millisOf } from './workflow-state.js';

/** `since`, `next`: milliseconds since 1970. */
export type Now =
  /** Between two steps. */
  | { readonly kind: 'deciding'; readonly since: number }
  | { readonly kind: 'thinking'; readonly since: number }
  | { readonly kind: 'tool'; readonly since: number; readonly calls: readonly Pick<Call, 'name' | 'args'>[] }
  /** No worker has taken what is due. */
  | { readonly kind: 'queued'; readonly since: number }
  | {
      readonly kind: 'retrying';
      readonly since: number;
      readonly attempt: number;
      readonly next: number | null;
      readonly error: string | null;
    }
  | ({ readonly kind: 'waiting' } & PublishedWait)
  /** Temporal itself has paused the workflow. `lift`: the command that ends that. */
  | { readonly kind: 'held'; readonly since: number; readonly lift: string }
  /** The workflow's own code fails on its worker, which tries again and again. */
  | { readonly kind: 'failing'; readonly since: number; readonly attempt: number }
  | { readonly kind: 'unreachable'; readonly since: number };

/** A pending activity, as the server sees it. */
export interface PendingActivity {
  readonly activity: string;
  readonly attempt: number;
  /** A worker has it. */
  readonly taken: boolean;
  /** When the next attempt is due, in milliseconds since 1970. */
  readonly due: number | null;
  readonly error: string | null;
}

export interface ServerView {
  readonly activities: readonly PendingActivity[];
  /** Attempt of the pending workflow task; 0 for none. */
  readonly workflowTask: number;
}

export async function serverView(client: TemporalClient, { raw }: WorkflowDescription): Promise<ServerView> {
  const pending = (raw.pendingActivities ?? []).map(async (one): Promise<PendingActivity> => {
    const { activityId, attempt, state, scheduledTime, lastFailure } = one;
    return {
      activity: activityId ?? '',
      attempt: attempt ?? 1,
      taken: state !== SCHEDULED,
      due: millisOf(scheduledTime) ?? null,
      error: (await failureMessage(client, lastFailure)) ?? null,
    };
  });
  return { activities: await Promise.all(pending), workflowTask: raw.pendingWorkflowTask?.attempt ?? 0 };
}

/** `callOf`: the call that an activity runs. `view`: undefined before the server has been asked. */
export function nowOf(
  work: WorkInFlight,
  callOf: (activity: ScheduledActivity) => Call | undefined,
  view: ServerView | undefined,
): Now {
  const own = work.activities.filter(({ type }) => type === 'iterate' || type === 'runTool');
  const [first] = own;
  if (!first) {
    const failing = view !== undefined && view.workflowTask > 1;
    if (failing) return { kind: 'failing', since: work.latest, attempt: view.workflowTask };
    if (work.wait) return { kind: 'waiting', ...work.wait };
    return { kind: Date.now() - work.latest > TAKEN_MS ? 'queued' : 'deciding', since: work.latest };
  }
  const late = own.map((one) => lateOf(one, view));
  const troubles = late.filter((one) => one !== undefined);
  if (troubles.length === own.length && troubles[0]) return troubles[0];
  const running = own.filter((_, n) => late[n] === undefined);
  const calls = running.filter(({ type }) => type === 'runTool').flatMap((one) => callOf(one) ?? []);
  const { since } = running[0] ?? first;
  return calls.length > 0 ? { kind: 'tool', since, calls } : { kind: 'thinking', since };
}

// ---

/** PENDING_ACTIVITY_STATE_SCHEDULED */
const SCHEDULED = 1;
/** A worker that polls takes an activity sooner. */
const TAKEN_MS = 2_000;

/** Why an activity that is scheduled does not run. */
function lateOf({ activity, since }: ScheduledActivity, view: ServerView | undefined): Now | undefined {
  const pending = view?.activities.find((one) => one.activity === activity);
  if (!pending || pending.taken) return undefined;
  const { attempt, due, error } = pending;
  const next = due !== null && due > Date.now() ? due : null;
  if (attempt > 1) return { kind: 'retrying', since, attempt, next, error };
  return Date.now() - since > TAKEN_MS ? { kind: 'queued', since } : undefined;
}
