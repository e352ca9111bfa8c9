/** A message to a task that has ended: the task continues in a new run, whose first request has the message. */
import { isTerminal } from '../domain/task.js';
import { readTask } from '../mirror/reader.js';
import type { Adopter } from './adopt.js';
import type { Online } from './context.js';
import { type Continued, continueEnded } from './continue.js';
import { describe } from './describe-workflow.js';
import { isOpenRun } from './open-workflow.js';

/** @returns undefined for a task that runs, also when another command has just continued it, and for one that never ran */
export async function sendToEnded(
  context: Online,
  id: string,
  { text, message, adopt }: { readonly text: string; readonly message: string; readonly adopt?: Adopter | undefined },
): Promise<Continued | undefined> {
  if (!(await hasEndedTask(context, id))) return undefined;
  const continued = await continueEnded(context, id, { text, message, ...(adopt ? { adopt } : {}) });
  return continued === 'running' ? undefined : continued;
}

// ---

/** Its history may be gone: then its file tells. */
async function hasEndedTask({ client, paths }: Online, id: string): Promise<boolean> {
  const at = await describe(client, id);
  if (at) return !isOpenRun(at);
  const read = await readTask(paths, id);
  return read.kind === 'task' && isTerminal(read.task.status);
}
