/** What a person may want to be told of a task. Pure. */
import type { Message } from './conversation.js';
import type { Mirrored, Need } from './protocol.js';
import { answerOf } from './result.js';
import { timestampOf } from './timestamp.js';

/** What all notices have. */
export interface NoticeBase {
  /** Of the event: the same when it is told again. */
  readonly id: string;
  /** Id of the task. */
  readonly task: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Later versions add types: ignore those that you do not know. `needs_you`: the task waits for a person; `call`: for the
 * approval of this one.
 */
export type TaskNotice =
  | (NoticeBase & { readonly type: 'done'; readonly result: string })
  | (NoticeBase & { readonly type: 'failed'; readonly error: string })
  | (NoticeBase & { readonly type: 'needs_you'; readonly reason: string; readonly call?: string });

export function noticeOfNeed(task: string, { at, ...need }: Need): TaskNotice {
  return { type: 'needs_you', task, at: new Date(at).toISOString(), ...need };
}

/** @returns undefined for a task that runs, and for one that was cancelled */
export function noticeOfEnd(
  run: { readonly workflowId: string; readonly runId: string },
  { state, updated_at }: Pick<Mirrored, 'state' | 'updated_at'>,
  messages: readonly Message[],
): TaskNotice | undefined {
  const base = { id: `${run.runId}/end`, task: run.workflowId, at: timestampOf(updated_at) };
  if (state.kind === 'completed') return { type: 'done', ...base, result: answerOf(messages) ?? '' };
  return state.kind === 'failed' ? { type: 'failed', ...base, error: state.error } : undefined;
}
