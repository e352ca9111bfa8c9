/**
 * Hands a task over to a directory that RavenClaws uses: the task first ends here as cancelled, then its files are written
 * there as running, with the checkpoint of its last complete round. In this order, two programs never run it at once.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { isTerminal } from '../domain/task.js';
import { makeDirectory, removeDurably, writeDurably } from '../files/atomic-write.js';
import { notedIn } from '../files/temporary-notes.js';
import { pathsOf } from '../mirror/paths.js';
import { project } from '../mirror/project.js';
import { cancel } from './cancel.js';
import { type ManagerContext, online } from './context.js';
import { describe } from './describe-workflow.js';
import { rebuild } from './rebuild.js';
import { status } from './status.js';

export interface HandoverOutcome {
  readonly id: string;
  readonly file: string;
  readonly checkpoint: string | null;
  /** What the person must know before the other program takes it. */
  readonly warning: string | null;
}

/**
 * RavenClaws' limit for background tasks is fixed: a task whose checkpoint is at the limit ends without asking the
 * model.
 */
const THEIR_LIMIT = 10;

export async function handOverTask(context: ManagerContext, id: string, directory: string): Promise<HandoverOutcome> {
  const connected = online(context);
  const before = await status(context, id);
  if (isTerminal(before.status)) {
    throw new RookeryError('wrong_status', `Cannot hand over task '${id}' in status '${before.status.toLowerCase()}'`);
  }
  const target = pathsOf(resolve(directory));
  if (target.workdir === context.paths.workdir) {
    throw new RookeryError('usage', `${target.workdir} is this work directory`, { hint: 'Give another one with --to' });
  }
  const at = await describe(connected.client, id);
  if (!at) {
    throw new RookeryError('wrong_status', `Task '${id}' has no workflow to hand over`, {
      hint: 'Copy its file instead, or use `rookery export`',
    });
  }
  if (existsSync(target.task(id))) {
    throw new RookeryError('bad_input', `A task '${id}' already exists in ${target.workdir}`, {
      hint: 'Give another directory with --to',
    });
  }
  await makeDirectory(target.checkpoints);
  await endHere(context, id, target.workdir);
  const rebuilt = await rebuild(connected.client, id, at.runId);
  if (!rebuilt) throw new RookeryError('environment', `The history of task '${id}' cannot be read`);
  const { input, record, messages } = rebuilt;
  const shown = project({ id, input, record: { ...record, state: { kind: 'running' } }, messages });
  // The directory is another program's, which removes nothing of ours.
  const noted = notedIn(context.paths.temporary);
  if (shown.checkpoint !== null) await writeDurably(target.checkpoint(id), shown.checkpoint, { noted });
  await writeDurably(target.task(id), shown.task, { noted });
  return {
    id,
    file: target.task(id),
    checkpoint: shown.checkpoint && target.checkpoint(id),
    warning: warningOf(shown.checkpoint),
  };
}

// ---

/** Ends the task here; a task that ended otherwise in the meantime is not handed over. */
async function endHere(context: ManagerContext, id: string, to: string): Promise<void> {
  await writeDurably(context.paths.handed(id), `handed over to ${to}`);
  try {
    await cancel(context, id);
  } catch (error) {
    await removeDurably(context.paths.handed(id));
    throw error;
  }
}

function warningOf(checkpoint: string | null): string | null {
  if (checkpoint === null) return null;
  const { iteration } = JSON.parse(checkpoint) as { iteration: number };
  if (iteration + 1 < THEIR_LIMIT) return null;
  return `its checkpoint is at iteration ${iteration + 1}, and RavenClaws stops at ${THEIR_LIMIT}: it will end the task at once with the last message as the answer`;
}
