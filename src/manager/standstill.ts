/**
 * Whether nothing of an open task has moved for a while: the one rule by which `status`, lists and the notifier call it
 * stalled. A task that waits for a person rests, and a long command or reply that sends heartbeats is work.
 */
import { statSync } from 'node:fs';
import type { Phase } from '../domain/task.js';
import { isoSeconds, microsOfMillis, timestampOf } from '../domain/timestamp.js';
import type { Paths } from '../mirror/paths.js';
import type { WorkflowDescription } from '../server/temporal-client.js';
import { isOpenRun } from './open-workflow.js';

export interface Standstill {
  /** Of the last change, as the files spell a time. */
  readonly since: string;
  readonly sentence: string;
}

export interface ObservedState {
  readonly at: WorkflowDescription;
  readonly phase: Phase;
  readonly reason: string | null;
}

/** A task that waits for a person was told of when it began to, and one without a host says so itself. */
export function isResting(phase: Phase | undefined): boolean {
  return /^(waiting|paused|stalled)/.test(phase ?? '');
}

/** When the files of a task changed last, in milliseconds since 1970. @returns undefined when none are here */
export function changedAt({ task }: Pick<Paths, 'task'>, id: string): number | undefined {
  try {
    return statSync(task(id)).mtimeMs;
  } catch {
    return undefined;
  }
}

/** @returns undefined when the task has moved, rests, or is at work */
export function standstillOf(
  changed: number | undefined,
  stalledMs: number,
  { at, phase, reason }: ObservedState,
): Standstill | undefined {
  if (changed === undefined || Date.now() - changed < stalledMs) return undefined;
  if (!isOpenRun(at) || isAtWork(at) || (isResting(phase) && phase !== 'stalled')) return undefined;
  const since = timestampOf(microsOfMillis(Math.floor(changed)));
  const stamp = isoSeconds(changed);
  return { since, sentence: `nothing has changed since ${stamp}${reason === null ? '' : `: ${reason}`}` };
}

// ---

/** As the server numbers it: a worker has it. */
const STARTED = 2;
/** Heartbeats come every second or two. */
const BEATING_MS = 60_000;

function isAtWork({ raw }: WorkflowDescription): boolean {
  return (raw.pendingActivities ?? []).some(({ state, lastHeartbeatTime, lastStartedTime }) => {
    const heard = Number((lastHeartbeatTime ?? lastStartedTime)?.seconds ?? 0) * 1000;
    return state === STARTED && Date.now() - heard < BEATING_MS;
  });
}
