/** Finds a background command of a task by the handle that the model gives. */
import { z } from 'zod';
import { type BackgroundRecord, handleOf } from '../../domain/background-command.js';
import { type Records, stateOfCommand } from '../../files/background-records.js';

export const HANDLE = z.string().min(1).describe('What shell answered when it started the command.');

/** @returns the command, or a sentence for the model: commands of other tasks are not found */
export function findCommand(
  records: Pick<Records, 'all'>,
  { task, handle }: { readonly task: string; readonly handle: string },
): BackgroundRecord | string {
  const all = records.all(task);
  const found = all.find(({ call }) => call === handle || handleOf(call) === handle);
  if (found) return found;
  const running = all.filter((record) => stateOfCommand(record) === 'running').map(({ call }) => handleOf(call));
  const which = running.length > 0 ? `Running: ${running.join(', ')}` : 'None runs';
  return `This task has no background command '${handle.slice(0, 60)}' on this host. ${which}.`;
}
