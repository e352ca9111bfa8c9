/** What a person types to let a waiting task continue, in one sentence. Pure. */
import { needsPerson } from '../domain/task.js';
import type { StatusObject } from '../manager/status-object.js';

export function howToContinue({ id, detail: { phase, reason } }: Pick<StatusObject, 'id' | 'detail'>): string {
  if (phase === 'waiting_approval') return `A call needs approval: rookery approve ${id}, or rookery deny ${id}`;
  const why = reason ?? (needsPerson(phase) ? 'for a person' : phase);
  return `The task is waiting: ${why}. Continue it with: rookery ${VERBS[phase] ?? 'resume'} ${id}`;
}

// ---

const VERBS: Readonly<Record<string, string>> = { waiting_limit: 'raise', paused: 'unpause' };
