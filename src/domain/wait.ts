/**
 * Why a task waits between two tries, and until when. A wait is the workflow's: durable, it holds no worker slot, and a
 * resume, the task's time limit or a cancel ends it. Pure.
 */

import { FIXED } from './limits.js';
import type { Phase } from './task.js';
import { firstLine } from './task-id.js';
import { isoSeconds } from './timestamp.js';
import { visibleLine } from './visible.js';

export interface Wait {
  /** `retrying`: the provider said when to try again; nothing is needed from a person. */
  readonly phase: 'waiting_person' | 'retrying';
  readonly reason: string;
  /** Milliseconds since 1970 of the next try; absent: every 15 minutes. */
  readonly until?: number;
  /** What is wrong: the tries of one wait have the same one. */
  readonly cause?: string;
  /** Milliseconds since 1970: when it began, over all of its tries. */
  readonly since?: number;
}

/** What a list shows of a task that waits. */
export interface ShownWait {
  readonly phase: Phase;
  readonly reason: string | null;
  /** What waits, for a person: the call, the question. Absent: the reason says it. */
  readonly text?: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Accepted replies: files with more are of a later moment. */
  readonly iterations: number;
}

/** A failed try; `retryAt`: the provider, or our back-off, says when to try again. */
export interface FailedTry {
  readonly reason: string;
  readonly retryAt?: number | undefined;
}

/** For an error that a person must act on; when it ends at a date that the provider named, the task tries then. */
export function waitForPersonAfter({ reason, retryAt }: FailedTry, now: number): Wait {
  return { phase: 'waiting_person', reason, ...(retryAt === undefined ? {} : { until: bounded(retryAt, now) }) };
}

/**
 * After an error of the provider. `tooLong`: too many of them, or for too long: then a person must look, and a task
 * that waits for a person already keeps doing so.
 * @returns null: try again at once
 */
export function waitAfterErrors(
  { reason, retryAt }: FailedTry,
  { now, tooLong, before }: { now: number; tooLong: boolean; before: Wait | null },
): Wait | null {
  if (tooLong || before?.phase === 'waiting_person') {
    // Our own back-off is shorter than the usual interval.
    const late = retryAt !== undefined && retryAt > now + FIXED.retryWaitMs;
    return waitForPersonAfter(late ? { reason, retryAt } : { reason }, now);
  }
  if (retryAt === undefined || retryAt <= now) return null;
  return { phase: 'retrying', reason, until: bounded(retryAt, now) };
}

interface OnWait {
  readonly now: number;
  /** The wait before the try. */
  readonly before: Wait | null;
  /** Default: the reason, without the words of the provider, which may differ in each try. */
  readonly cause?: string;
}

/** After a try that failed for the same cause, the wait is the one that began before it. */
export function asWait(next: Wait, { now, before, cause = next.reason.split(': ', 1)[0] ?? '' }: OnWait): Wait {
  const isSame = before?.phase === next.phase && before.cause === cause;
  return { ...next, cause, since: (isSame ? before.since : undefined) ?? now };
}

/** Milliseconds until the next try. */
export function pauseOf({ phase, until }: Wait, now: number): number {
  if (until !== undefined && until > now) return until - now;
  return phase === 'retrying' ? 0 : FIXED.retryWaitMs;
}

export function sentenceOfWait({ reason, until }: Wait): string {
  if (until === undefined) return reason;
  return `${reason}; next try at ${isoSeconds(until)}`;
}

/** The summary of a timer, as the Web UI shows it. */
export function timerSummary(ends: string, why: string): string {
  return firstLine(`${ends}: ${visibleLine(why)}`, 120);
}

/** The time that the sentence of a wait names, as `2026-11-27T10:00:00Z`. */
export function nextTryIn(sentence: string | null): string | undefined {
  return /; next try at (\S+Z)$/.exec(sentence ?? '')?.[1];
}

/** Runs of an earlier version carried the reason alone. */
export function waitOf(carried: string | Wait | null | undefined): Wait | null {
  return typeof carried === 'string' ? { phase: 'waiting_person', reason: carried } : (carried ?? null);
}

// ---

function bounded(retryAt: number, now: number): number {
  return Math.min(retryAt, now + FIXED.longestWaitMs);
}
