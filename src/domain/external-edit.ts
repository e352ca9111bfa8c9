/** What another program did to the file of a task that is ours, in words. Pure. */
import type { Status, TaskState } from './task.js';

/** `ended`: it gave the task a terminal status, which stays. `rival`: it runs the task too. */
export interface ExternalEdit {
  readonly kind: 'ended' | 'rival';
  readonly status: Status;
}

/** The reason of a task that stops because its file was ended by somebody else. */
export function endedOutside({ status }: ExternalEdit): string {
  if (status === 'Cancelled') return 'cancelled by another program, in the task file';
  return `ended by another program: the task file says ${status}`;
}

/** The same of a task that had come to its own end by then. */
export function overruledOutside(found: ExternalEdit, state: TaskState): string {
  const what = found.status === 'Cancelled' ? 'an external cancel' : `another program had ended it as ${found.status}`;
  return `${state.kind} after ${what}`;
}

export const RUNS_ELSEWHERE =
  'another program wrote this task file as running: two programs may be working on the task';
