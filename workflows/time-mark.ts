/**
 * The moment at which most of the time limit of a task is used. A wait that has a timer wakes then, so that the warning
 * comes in time: its history has an event, and a notifier is told. Schedules nothing.
 */
import { patched } from '@temporalio/workflow';
import { WARNED_AT } from '../src/domain/reached-limit.js';
import type { TaskRun } from './task-state.js';

/** @returns milliseconds from now; null: there is no limit, or the moment has passed */
export function untilTimeMark({ limits, startedAt }: TaskRun): number | null {
  const { max_time_ms } = limits;
  if (max_time_ms === null) return null;
  const left = Math.ceil(startedAt + max_time_ms * WARNED_AT - Date.now());
  // The waits of runs that were recorded before this rule do not wake.
  return left > 0 && patched('near-limits') ? left : null;
}
