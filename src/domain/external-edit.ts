/** Sentences about external edits of a task's file. Pure. */
import type { Status, TaskState } from './task.js';

/** `ended`: it gave the task a terminal status, which stays. `rival`: it runs the task too. */
export interface ExternalEdit {
  readonly kind: 'ended' | 'rival';
  readonly status: Status;
}

/** The reason of a task that stops because another program ended it in its file. */
export function endedOutside({ status }: ExternalEdit): string {
  if (status === 'Cancelled') return 'cancelled by another program, in the task file';
  return `ended by another program: the task file says ${status}`;
}

/** The reason of a task that had already come to its own end by then. */
export function overruledOutside(found: ExternalEdit, state: TaskState): string {
  const what = found.status === 'Cancelled' ? 'an external cancel' : `another program had ended it as ${found.status}`;
  return `${state.kind} after ${what}`;
}

export const RUNS_ELSEWHERE =
  'another program wrote this task file as running: two programs may be working on the task';
