/**
 * Follows a task through its history: every event exactly once, over continue-as-new and Resets, from any machine. Text
 * that is still being generated comes from heartbeats, not from the history, and has no cursor.
 */
import { RookeryError } from '../domain/errors.js';
import { needsPerson } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { abortable, type ManagerContext, notFound, online } from './context.js';
import { RunEvents, type TaskEvent, timeOf } from './events.js';
import { decodeEvent, historyOf } from './history.js';
import { LiveText, type TextEvent } from './live-text.js';
import { describe, inputOf, startedEvent } from './reconcile.js';
import { status } from './status.js';
import type { StatusObject } from './status-object.js';
import { isLeftToPerson } from './undecided.js';
import { memoPhase } from './workflow-state.js';

export type FollowEvent =
  | TaskEvent
  | TextEvent
  | ({ readonly type: 'end'; readonly cursor: string; readonly time: string } & StatusObject);

export interface FollowOptions {
  /** Cursor of the last event that the reader has. */
  readonly since?: string;
  readonly signal?: AbortSignal;
  readonly onEvent: (event: FollowEvent) => void;
  /** Called when the task waits for a person: true ends the follow. */
  readonly leaveWaiting?: () => boolean;
}

/** `waiting`: the follow ended because the task waits for a person. */
export interface Followed {
  readonly kind: 'end' | 'waiting';
  readonly status: StatusObject;
}

export async function follow(context: ManagerContext, id: string, options: FollowOptions): Promise<Followed> {
  const { client } = online(context);
  const at = await describe(client, id);
  if (!at) return fromFile(context, id, options);
  const cursor = options.since === undefined ? undefined : parseCursor(options.since);
  const firstRunId = at.raw.workflowExecutionInfo?.firstRunId;
  let runId = cursor?.runId ?? firstRunId ?? at.runId;
  let mayBeReset = runId !== firstRunId;
  let skip = cursor && { event: cursor.event, n: cursor.n };
  const text = new LiveText(client, id, options);
  try {
    for (;;) {
      const reader = new RunReader({ client, id, runId, options, mayBeReset, ...(skip ? { skip } : {}) });
      const outcome = await reader.read();
      if (outcome.kind === 'waiting') return { kind: 'waiting', status: await status(context, id) };
      const next = outcome.next ?? (await laterRun(client, id, runId));
      if (next === undefined) {
        const object = await status(context, id);
        if (!outcome.known) {
          options.onEvent({ type: 'end', cursor: outcome.cursor, time: object.updated_at, ...object });
        }
        return { kind: 'end', status: object };
      }
      runId = next;
      mayBeReset = outcome.next === undefined;
      skip = undefined;
    }
  } finally {
    text.stop();
  }
}

// ---

/** `known`: the reader already has its end. */
type Outcome = { kind: 'closed'; next?: string; cursor: string; known: boolean } | { kind: 'waiting' };

interface RunReaderOptions {
  readonly client: TemporalClient;
  readonly id: string;
  readonly runId: string;
  readonly options: FollowOptions;
  readonly skip?: { readonly event: number; readonly n: number };
  /** Whether a Reset may have made this run; it did not make the first one or a continued one. */
  readonly mayBeReset: boolean;
}

class RunReader {
  readonly #events: RunEvents;

  constructor(private readonly at: RunReaderOptions) {
    this.#events = new RunEvents(at.id, at.runId);
  }

  async read(): Promise<Outcome> {
    const { client, id, runId, options } = this.at;
    const copied = await this.#copiedUpTo();
    let token: Uint8Array | undefined;
    for (;;) {
      options.signal?.throwIfAborted();
      const page = await this.#page(token);
      for (const event of page.history?.events ?? []) {
        const eventId = Number(event.eventId);
        const rendered = this.#events.render(await decodeEvent(client, event));
        if (eventId === copied) this.#reportRewound(event);
        for (const [n, item] of rendered.entries()) {
          if (eventId > copied && !this.#known(eventId, n)) options.onEvent(item);
        }
        const waits = rendered.some(({ type }) => type === 'waiting') && eventId > copied;
        if (waits && options.leaveWaiting?.() && (await this.#stillWaits())) return { kind: 'waiting' };
        const closed = closeOf(event);
        if (closed) {
          return { kind: 'closed', cursor: `${runId}:${eventId}.0`, known: this.#known(eventId, 0), ...closed };
        }
      }
      token = page.nextPageToken?.length ? page.nextPageToken : undefined;
      if (!token && (await describe(client, id)) === undefined) throw notFound(id);
    }
  }

  #page(token: Uint8Array | undefined) {
    const { client, id, runId, options } = this.at;
    const request = {
      namespace: client.options.namespace,
      execution: { workflowId: id, runId },
      waitNewEvent: true,
      ...(token ? { nextPageToken: token } : {}),
    };
    return abortable(client, options.signal, () => client.workflowService.getWorkflowExecutionHistory(request));
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

  #reportRewound(event: Parameters<RunEvents['render']>[0]): void {
    if (this.#known(Number(event.eventId), 0)) return;
    this.at.options.onEvent({
      cursor: `${this.at.runId}:${event.eventId}.0`,
      time: timeOf(event),
      type: 'rewound',
      iteration: this.#events.iteration,
    });
  }

  #known(eventId: number, n: number): boolean {
    const { skip } = this.at;
    return skip !== undefined && (eventId < skip.event || (eventId === skip.event && n <= skip.n));
  }

  async #stillWaits(): Promise<boolean> {
    const at = await describe(this.at.client, this.at.id);
    const phase = at?.status.name === 'RUNNING' ? memoPhase(at.memo)?.phase : undefined;
    return phase !== undefined && needsPerson(phase) && isLeftToPerson(this.at.client, this.at.id, phase);
  }
}

function closeOf(event: Parameters<RunEvents['render']>[0]): { next?: string } | undefined {
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

/**
 * A Reset, or a start that continues the task, makes a later run, which may have continued as new since.
 * @returns the first run of the chain that follows; undefined when there is none
 */
async function laterRun(client: TemporalClient, id: string, runId: string): Promise<string | undefined> {
  const at = await describe(client, id);
  if (!at || at.runId === runId) return undefined;
  let next = await firstOfChain(client, id, { last: at.runId, runId });
  // The task may have been continued several times since.
  for (;;) {
    const continues = (await inputOf(client, { workflowId: id, runId: next }).catch(() => undefined))?.continues;
    const { id: source, run } = continues?.from ?? {};
    if (source !== id || run === undefined || run === runId) return next;
    const before = await firstOfChain(client, id, { last: run, runId }).catch(() => undefined);
    if (before === undefined) return next;
    next = before;
  }
}

async function firstOfChain(
  client: TemporalClient,
  id: string,
  { last, runId }: { readonly last: string; readonly runId: string },
): Promise<string> {
  let first = last;
  for (;;) {
    const started = await startedEvent(client, { workflowId: id, runId: first });
    const { continuedExecutionRunId: before, originalExecutionRunId: original } = started ?? {};
    if (!before || before === runId || original !== first) return first;
    first = before;
  }
}

function parseCursor(text: string): { runId: string; event: number; n: number } {
  const match = /^([0-9a-f-]{36}):(\d+)\.(\d+)$/.exec(text);
  if (!match?.[1])
    throw new RookeryError('usage', `'${text}' is not a cursor`, { hint: 'Give the cursor of an event' });
  return { runId: match[1], event: Number(match[2]), n: Number(match[3]) };
}

/** A task that Temporal does not have (any more): only its file is known. */
async function fromFile(context: ManagerContext, id: string, options: FollowOptions): Promise<Followed> {
  const object = await status(context, id);
  if (object.detail.phase !== 'done') {
    throw new RookeryError('wrong_status', `Task '${id}' has no workflow to follow`, {
      hint: `Run \`rookery resume ${fileNameOf(id)}\``,
    });
  }
  options.onEvent({ type: 'end', cursor: '', time: object.updated_at, ...object });
  return { kind: 'end', status: object };
}
