/** What a person types to let a waiting task continue, in one sentence. Pure. */
import type { StatusObject } from '../manager/status-object.js';

export function howToContinue({ id, detail: { phase, reason } }: Pick<StatusObject, 'id' | 'detail'>): string {
  if (phase === 'waiting_approval') return `A call needs approval: rookery approve ${id}, or rookery deny ${id}`;
  const waits = `The task is waiting: ${reason ?? 'for a person'}`;
  const verb = VERBS[phase];
  // The other reasons name the command.
  return verb === undefined || reason?.includes(verb) ? waits : `${waits}. Continue it with: rookery ${verb} ${id}`;
}

// ---

const VERBS: Readonly<Record<string, string>> = { waiting_person: 'resume', paused: 'unpause' };
