/**
 * What a task's change of host needs: the message that moves it, what is asked of a worker of the new host, and what
 * that worker reports. Pure; the workflow sandbox imports this file.
 */

import type { SignedMessage } from './messages.js';
import type { NoticeType } from './notice.js';
import { isoSeconds } from './timestamp.js';
import { HOST_NAME } from './worker-names.js';

/** A person's word that a task is to continue on another host, whatever has become of the one that has it. */
export interface MoveMessage extends SignedMessage {
  /** Name of the host. */
  readonly host: string;
}

/** Takes over the fields of a known message one by one: any client can send a signal with any content. */
export function toMoveMessage(message: SignedMessage | undefined, raw: unknown): MoveMessage | undefined {
  const { host } = Object(raw) as { readonly host?: unknown };
  return message && typeof host === 'string' && HOST_NAME.test(host) ? { ...message, host } : undefined;
}

/** A host that does not take the activities of its task. */
export interface LostHost {
  readonly host: string;
  /** Milliseconds since 1970: when the activity was scheduled that it did not take. */
  readonly since: number;
}

/** What a worker reports of its host, when the task had none or has lost the one that it had. */
export interface HostReport {
  /** Name of the host: a task stays with its files. */
  readonly host?: string;
  /** Other hosts have the same workspace. */
  readonly shared?: true;
  /** The events that its notifier is to be told of; absent: it has none. */
  readonly notifies?: readonly NoticeType[];
}

/** The last message that was to move the task. */
export interface MoveAnswer {
  readonly host: string;
  readonly state: 'pending' | 'moved' | 'refused';
  /** Why it was refused, or what the new host restored; null for nothing. */
  readonly reason: string | null;
}

/** What a worker says to a message that moves a task to its host. */
export type MoveRefused = { readonly kind: 'move_refused'; readonly reason: string };

/** What an unsafe call comes to that may have been started on a host that the task has left. */
export function leftBehindSentence(tool: string): string {
  return `Interrupted, outcome unknown: '${tool}' may have been started on another host, from which the task was moved. Check what it did before you repeat it.`;
}

export function unpolledSentence(queue: string, since: number | undefined): string {
  if (since === undefined) return `no worker polls queue ${queue}`;
  return `no worker polls queue ${queue} since ${isoSeconds(since)}`;
}

interface PollerInfo {
  readonly lastAccessTime?: { readonly seconds?: unknown; readonly nanos?: number | null } | null;
}

/** When a worker last began to poll, in milliseconds since 1970; undefined: the server knows of none. */
export function lastPollOf(pollers: readonly PollerInfo[] | null | undefined): number | undefined {
  const times = (pollers ?? []).map(
    ({ lastAccessTime }) =>
      Number(lastAccessTime?.seconds ?? 0) * 1000 + Math.floor((lastAccessTime?.nanos ?? 0) / 1e6),
  );
  return times.length === 0 ? undefined : Math.max(...times);
}
