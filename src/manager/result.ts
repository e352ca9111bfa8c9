/** The answer of a task: the text alone, and its value where the task has a schema. */
import type { TaskInput } from '../domain/protocol.js';
import type { Status } from '../domain/task.js';
import type { ManagerContext } from './context.js';
import { describe } from './describe-workflow.js';
import { rebuild } from './rebuild.js';
import { status } from './status.js';
import { readInput } from './submit.js';

export interface TaskAnswer {
  readonly id: string;
  readonly status: Status;
  /** Null: the task has not completed. */
  readonly result: string | null;
  /** The value of a structured answer; null: the task has no schema, or no answer. */
  readonly structured: unknown;
}

export async function taskAnswer(context: ManagerContext, id: string): Promise<TaskAnswer> {
  const { status: now, result } = await status(context, id);
  if (result === null) return { id, status: now, result, structured: null };
  const input = (await readInput(context, id)) ?? (await inputInTemporal(context, id));
  return { id, status: now, result, structured: input?.schema === undefined ? null : parsed(result) };
}

// ---

/** A task of another client, or of another host. */
async function inputInTemporal({ client }: ManagerContext, id: string): Promise<TaskInput | undefined> {
  if (!client) return undefined;
  const found = await describe(client, id).catch(() => undefined);
  return found && (await rebuild(client, id, found.runId))?.input;
}

/** A file that was changed by hand may hold anything. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
