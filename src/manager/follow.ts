/**
 * Follows a task through its history: every event exactly once, over continue-as-new and Resets, from any machine. Text
 * that is still being generated comes from heartbeats, not from the history, and has no cursor.
 */
import { RookeryError } from '../domain/errors.js';
import { fileNameOf } from '../domain/task-id.js';
import { type ManagerContext, online } from './context.js';
import { describe } from './describe-workflow.js';
import type { TaskEvent } from './event-bodies.js';
import type { TextEvent } from './live-text.js';
import { LiveView } from './live-view.js';
import type { Now } from './now.js';
import { firstRunOf, laterRun } from './run-chain.js';
import { type Cursor, RunReader } from './run-reader.js';
import { status } from './status.js';
import type { StatusObject } from './status-object.js';

export type FollowEvent =
  | TaskEvent
  | TextEvent
  | ({ readonly type: 'end'; readonly cursor: string; readonly time: string } & StatusObject);

export interface FollowOptions {
  /** Cursor of the last event that the reader has. */
  readonly since?: string;
  readonly signal?: AbortSignal;
  readonly onEvent: (event: FollowEvent) => void;
  /** What the task does, told whenever it may have changed: live only, and not a part of the events. */
  readonly onNow?: (now: Now) => void;
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
  let since = options.since === undefined ? undefined : parseCursor(options.since);
  const first = await firstRunOf(client, id, at.runId);
  let runId = since?.runId ?? first;
  let mayBeReset = runId !== first;
  const live = new LiveView(client, id, options);
  const { signal, onEvent, leaveWaiting } = options;
  try {
    for (;;) {
      const reader = new RunReader({ client, id, runId, mayBeReset, since, live, signal, onEvent, leaveWaiting });
      const outcome = await reader.read();
      if (outcome.kind === 'waiting') return { kind: 'waiting', status: await status(context, id) };
      const next = outcome.next ?? (await laterRun(client, id, runId));
      if (next === undefined) {
        const object = await status(context, id);
        if (!outcome.known) {
          onEvent({ type: 'end', cursor: outcome.cursor, time: object.updated_at, ...object });
        }
        return { kind: 'end', status: object };
      }
      runId = next;
      mayBeReset = outcome.next === undefined;
      since = undefined;
    }
  } finally {
    live.stop();
  }
}

// ---

function parseCursor(text: string): Cursor {
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
