/**
 * Replies that are rejected: each is paid for, and an empty one is asked for again, after the second with a reminder.
 * What was rejected is kept in the heartbeat details, so that the next attempt of the activity continues the count.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { IterationTrouble, RejectedReplies } from '../src/domain/activity-calls.js';
import type { Message } from '../src/domain/conversation.js';
import { RookeryError } from '../src/domain/errors.js';
import type { Finish } from '../src/domain/finish.js';
import { FIXED } from '../src/domain/limits.js';
import { EMPTY_NUDGE } from '../src/domain/own-turns.js';
import { FAILURES } from '../src/domain/protocol.js';
import { addUsage, type Usage } from '../src/domain/task.js';
import type { Reply } from '../src/models/model.js';
import { delayMs } from './failure.js';
import type { HeartbeatState } from './heartbeat.js';

export interface Asking {
  readonly live: HeartbeatState;
  readonly signal: AbortSignal;
  readonly backoffMs: number;
}

/** Asks until a reply says something. Its usage includes that of the rejected ones. */
export async function askUntilSaid(
  { live, signal, backoffMs }: Asking,
  messages: readonly Message[],
  ask: (messages: readonly Message[]) => Promise<Reply>,
): Promise<Reply> {
  let words = 'The model gave an empty reply';
  for (;;) {
    const { empty } = live.rejected;
    if (empty >= FIXED.emptyReplies) throw onlyEmpty(live, words);
    if (empty > 0) await pause(delayMs(backoffMs, empty), undefined, { signal });
    const reply = await oneReply(live, () => ask(empty < FIXED.emptyBeforeNudge ? messages : nudged(messages)));
    if (typeof reply !== 'string') return { ...reply, usage: addUsage(live.rejected.usage, reply.usage) };
    words = reply;
  }
}

export function reject(live: HeartbeatState, usage: Usage, empty = false): void {
  const before = live.rejected;
  live.rejected = { usage: addUsage(before.usage, usage), empty: empty ? before.empty + 1 : 0 };
  live.send();
}

/** For a failure that is not an error of the provider. */
export function rejectedDetails({ usage }: RejectedReplies): IterationTrouble {
  return { usage };
}

// ---

/** These end a reply without text that is still more than an empty one: the workflow decides. */
const MEANT: ReadonlySet<Finish> = new Set<Finish>(['length', 'overflow', 'pause', 'content-filter', 'refusal']);

/** @returns a sentence for an empty reply */
async function oneReply(live: HeartbeatState, ask: () => Promise<Reply>): Promise<Reply | string> {
  try {
    const reply = await ask();
    if (reply.content.trim() !== '' || reply.calls.length > 0 || MEANT.has(reply.finish)) return reply;
    reject(live, reply.usage, true);
    return `${reply.provider} (${reply.model}) sent an empty reply`;
  } catch (error) {
    if (!(error instanceof RookeryError) || !error.rejected) throw error;
    const { usage, empty } = error.rejected;
    reject(live, usage, empty);
    if (!empty) throw error;
    return error.message;
  }
}

function nudged(messages: readonly Message[]): Message[] {
  return [...messages, { role: 'user', content: EMPTY_NUDGE }];
}

function onlyEmpty({ rejected }: HeartbeatState, words: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${words}, ${rejected.empty} times in a row`,
    FAILURES.empty,
    rejectedDetails(rejected),
  );
}
