/** What a person types to let a waiting task continue, in one sentence. Pure. */
import { visibleLine } from '../domain/visible.js';
import type { StatusObject } from '../manager/status-object.js';
import { waitsUntil } from './until.js';

export function howToContinue(status: Pick<StatusObject, 'id' | 'detail'>): string {
  const { id, detail } = status;
  const { phase, reason } = detail;
  const until = waitsUntil(status);
  const time = until === undefined ? '' : ` (${until})`;
  if (phase === 'waiting_approval') return `A call needs approval${time}: rookery approve ${id}, or rookery deny ${id}`;
  if (phase === 'waiting_question') {
    const asked = detail.waiting.find(({ kind }) => kind === 'question')?.text ?? reason ?? '';
    return visibleLine(`The task asks you${time}: ${asked} Answer with: rookery answer ${id} TEXT`);
  }
  const waits = `The task is waiting: ${reason ?? 'for a person'}`;
  const verb = VERBS[phase];
  // The other reasons name the command.
  return verb === undefined || reason?.includes(verb) ? waits : `${waits}. Continue it with: rookery ${verb} ${id}`;
}

// ---

const VERBS: Readonly<Record<string, string>> = { waiting_person: 'resume', paused: 'unpause' };
