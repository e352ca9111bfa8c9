/**
 * Reads the history of one run, from its start or from a cursor on, as long as it is open: each event once.
 */
import { needsPerson } from '../domain/task.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { abortable, notFound } from './context.js';
import { describe } from './describe-workflow.js';
import type { TaskEvent } from './event-bodies.js';
import { RunEvents } from './events.js';
import { decodeEvent, type HistoryEvent, historyOf, timeOf } from './history.js';
import type { LiveView } from './live-view.js';
import { isHeldByTemporal } from './open-workflow.js';
import { isLeftToPerson } from './undecided.js';
import { memoPhase } from './workflow-state.js';

/** Of one event that the history of a run renders. */
export interface Cursor {
  readonly runId: string;
  readonly event: number;
  readonly n: number;
}

/** `known`: the reader already has its end. */
export type RunOutcome =
  | { readonly kind: 'closed'; readonly next?: string; readonly cursor: string; readonly known: boolean }
  | { readonly kind: 'waiting' };

export interface RunReaderOptions {
  readonly client: TemporalClient;
  readonly id: string;
  readonly runId: string;
  /** The last event that the reader has. */
  readonly since?: Cursor | undefined;
  /** Whether a Reset may have made this run; it did not make the first one or a continued one. */
  readonly mayBeReset: boolean;
  readonly live: LiveView;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: (event: TaskEvent) => void;
  readonly leaveWaiting?: (() => boolean) | undefined;
}

export class RunReader {
  readonly #events: RunEvents;

  constructor(private readonly at: RunReaderOptions) {
    this.#events = new RunEvents(at.id, at.runId);
  }

  async read(): Promise<RunOutcome> {
    const { client, id, signal, live } = this.at;
    const copied = await this.#copiedUpTo();
    live.watch(this.#events);
    let token: Uint8Array | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const page = await this.#page(token);
      for (const event of page.history?.events ?? []) {
        const outcome = this.#take(await decodeEvent(client, event), copied);
        if (outcome) return outcome;
      }
      live.tellNow();
      if (await this.#isLeftWaiting(page.history?.events ?? [])) return { kind: 'waiting' };
      token = page.nextPageToken?.length ? page.nextPageToken : undefined;
      if (!token && (await describe(client, id)) === undefined) throw notFound(id);
    }
  }

  /** @returns the outcome when the reading ends with this event */
  #take(event: HistoryEvent, copied: number): RunOutcome | undefined {
    const { runId, onEvent } = this.at;
    const eventId = Number(event.eventId);
    const rendered = this.#events.render(event);
    if (eventId === copied) this.#reportRewound(event);
    for (const [n, item] of rendered.entries()) {
      if (eventId > copied && !this.#known(eventId, n)) onEvent(item);
    }
    const closed = closeOf(event);
    return closed && { kind: 'closed', cursor: `${runId}:${eventId}.0`, known: this.#known(eventId, 0), ...closed };
  }

  #page(token: Uint8Array | undefined) {
    const { client, id, runId, signal } = this.at;
    const request = {
      namespace: client.options.namespace,
      execution: { workflowId: id, runId },
      waitNewEvent: true,
      ...(token ? { nextPageToken: token } : {}),
    };
    return abortable(client, signal, () => client.workflowService.getWorkflowExecutionHistory(request));
  }

  /** The last event that a Reset copied into this run from the previous one; 0 when it is not a reset run. */
  async #copiedUpTo(): Promise<number> {
    const { client, id, runId, mayBeReset } = this.at;
    let copied = 0;
    if (!mayBeReset) return copied;
    for await (const { eventId, workflowTaskFailedEventAttributes: failed } of historyOf(client, id, runId)) {
      if (failed?.baseRunId && failed.newRunId === runId) copied = Number(eventId);
    }
    return copied;
  }

  #reportRewound(event: HistoryEvent): void {
    if (this.#known(Number(event.eventId), 0)) return;
    this.at.onEvent({
      cursor: `${this.at.runId}:${event.eventId}.0`,
      time: timeOf(event),
      type: 'rewound',
      iteration: this.#events.iteration,
    });
  }

  #known(eventId: number, n: number): boolean {
    const { since } = this.at;
    return since !== undefined && (eventId < since.event || (eventId === since.event && n <= since.n));
  }

  /** Only where all that has happened was told: the task may wait for something else by now. */
  async #isLeftWaiting(events: readonly HistoryEvent[]): Promise<boolean> {
    const { client, id, runId, leaveWaiting } = this.at;
    if (!this.#events.waitsForPerson || !leaveWaiting?.()) return false;
    const at = await describe(client, id);
    const isRead = at?.runId === runId && at.historyLength <= Number(events.at(-1)?.eventId ?? 0);
    if (!isRead) return false;
    if (isHeldByTemporal(at)) return true;
    const phase = at.status.name === 'RUNNING' ? memoPhase(at.memo)?.phase : undefined;
    return phase !== undefined && needsPerson(phase) && isLeftToPerson(client, id, phase);
  }
}

// ---

function closeOf(event: HistoryEvent): { next?: string } | undefined {
  const closing = [
    event.workflowExecutionCompletedEventAttributes,
    event.workflowExecutionFailedEventAttributes,
    event.workflowExecutionCanceledEventAttributes,
    event.workflowExecutionTimedOutEventAttributes,
    event.workflowExecutionTerminatedEventAttributes,
  ];
  const next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  if (next) return { next };
  return closing.some(Boolean) ? {} : undefined;
}
