/**
 * The activities of one run that are scheduled and not over, and the wait that the run has published: read from its
 * history, event by event.
 */
import { MEMO_PHASE } from '../domain/protocol.js';
import { needsPerson, type Phase } from '../domain/task.js';
import { activityNameOf } from '../domain/worker-names.js';
import { valueOfPayload } from '../server/json-payloads.js';
import { type HistoryEvent, millisOfEvent, type Payloads } from './history.js';

export interface ScheduledActivity {
  /** As the server names it. */
  readonly activity: string;
  readonly type: string;
  readonly input: Payloads;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface PublishedWait {
  readonly phase: Phase;
  readonly reason: string | null;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export class WorkInFlight {
  readonly #scheduled = new Map<string, ScheduledActivity>();
  #wait: PublishedWait | undefined;
  #held: number | undefined;
  #latest = 0;

  get activities(): readonly ScheduledActivity[] {
    return [...this.#scheduled.values()];
  }

  /** Why the run waits; undefined when it does not. */
  get wait(): PublishedWait | undefined {
    return this.#wait;
  }

  /** Since when Temporal itself has paused the run, in milliseconds since 1970; undefined when it has not. */
  get held(): number | undefined {
    return this.#held;
  }

  /** Time of the last event, in milliseconds since 1970. */
  get latest(): number {
    return this.#latest;
  }

  /** @returns the activity that the event ends */
  note(event: HistoryEvent): ScheduledActivity | undefined {
    this.#latest = millisOfEvent(event);
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const { activityId, activityType, input } = scheduled;
      const type = activityNameOf(activityType?.name);
      this.#scheduled.set(String(event.eventId), { activity: activityId ?? '', type, input, since: this.#latest });
    }
    if (event.workflowExecutionPausedEventAttributes) this.#held = this.#latest;
    if (event.workflowExecutionUnpausedEventAttributes) this.#held = undefined;
    const memo = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields?.[MEMO_PHASE];
    if (memo) this.#publish(valueOfPayload(memo) as Partial<PublishedWait> | null);
    const end =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    if (!end) return undefined;
    const ended = this.#scheduled.get(String(end.scheduledEventId));
    this.#scheduled.delete(String(end.scheduledEventId));
    return ended;
  }

  #publish(memo: Partial<PublishedWait> | null): void {
    const { phase, reason = null } = memo ?? {};
    const waits = phase !== undefined && (needsPerson(phase) || WAITS.has(phase));
    this.#wait = waits ? { phase, reason, since: this.#latest } : undefined;
  }
}

// ---

/** Beside those that wait for a person. */
const WAITS: ReadonlySet<string> = new Set<Phase>(['stalled', 'retrying']);
