/** What a person types to let a waiting task continue, in one sentence. Pure. */
import { answerCommands } from '../domain/answer-command.js';
import { visibleLine } from '../domain/visible.js';
import type { StatusObject } from '../manager/status-object.js';
import { waitsUntil } from './until.js';

export function howToContinue(status: Pick<StatusObject, 'id' | 'detail'>): string {
  const { id, detail } = status;
  const { phase, reason } = detail;
  const until = waitsUntil(status);
  const time = until === undefined ? '' : ` (${until})`;
  const commands = answerCommands(phase, id);
  if (phase === 'waiting_approval') return `A call needs approval${time}: ${commands.join(', or ')}`;
  if (phase === 'waiting_question') {
    const asked = detail.waiting.find(({ kind }) => kind === 'question')?.text ?? reason ?? '';
    return visibleLine(`The task asks you${time}: ${asked} Answer with: ${commands.join()}`);
  }
  const waits = `The task is waiting: ${reason ?? 'for a person'}`;
  const [command] = commands;
  const [, verb = ''] = command?.split(' ') ?? [];
  // The other reasons name the command.
  return command === undefined || reason?.includes(verb) ? waits : `${waits}. Continue it with: ${command}`;
}
