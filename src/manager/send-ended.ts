/** A message to a task that has ended: the task continues in a new run, whose first request has the message. */
import { isTerminal } from '../domain/task.js';
import { readTask } from '../mirror/reader.js';
import type { Adopter } from './adopt.js';
import type { Online } from './context.js';
import { continueEnded } from './continue.js';
import { isOpenRun } from './open-workflow.js';
import { describe } from './reconcile.js';
import type { Receipt } from './send.js';

export interface Said {
  readonly message: string;
  readonly text: string;
  readonly adopt?: Adopter | undefined;
}

/** @returns undefined for a task that runs, also when another command has just continued it, and for one that never ran */
export async function sendToEnded(
  context: Online,
  id: string,
  { message, text, adopt }: Said,
): Promise<Receipt | undefined> {
  if (!(await hasEndedTask(context, id))) return undefined;
  const continued = await continueEnded(context, id, { text, ...(adopt ? { adopt } : {}) });
  if (continued === 'running') return undefined;
  const { from, lost } = continued;
  const reason = `the task had ended and continues${lost === null ? '' : `; ${lost}`}`;
  return { id, message, state: 'delivered', iteration: from.iteration + 1, reason, continues: true };
}

// ---

/** Its history may be gone: then its file tells. */
async function hasEndedTask({ client, paths }: Online, id: string): Promise<boolean> {
  const at = await describe(client, id);
  if (at) return !isOpenRun(at);
  const read = await readTask(paths, id);
  return read.kind === 'task' && isTerminal(read.task.status);
}
