/**
 * Submits a task: writes the signed input, then the `Pending` file, then starts the workflow. After a crash in between,
 * `resume` finds what is there and starts it, once.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { v4 as newTaskId } from 'uuid';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { tooLarge } from '../domain/payloads.js';
import type { TaskInput } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { fileNameOf, ID_RULE, idOfFileName, isTaskId } from '../domain/task-id.js';
import { checkTaskInput } from '../domain/task-input.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { toWire, wellFormed } from '../domain/wire.js';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import { pendingFile } from '../mirror/project.js';
import { readTask } from '../mirror/reader.js';
import { damageIn, FIX_DATABASE } from '../server/sqlite-messages.js';
import { signScheduled } from '../signing/client-interceptor.js';
import { inSubmitSpan } from '../tracing/submit-span.js';
import { type ManagerContext, notFound, online } from './context.js';
import { startWorkflow } from './start.js';

export interface Submitted {
  readonly id: string;
  /** Null when it was only written, not started. */
  readonly workflow: { readonly id: string; readonly run_id: string } | null;
  readonly file: string;
}

export interface SubmitOptions {
  /** False: only writes the `Pending` file; `execute` starts it. Default: true. */
  readonly start?: boolean;
  /** Default: a new UUID. */
  readonly id?: string;
}

export async function submit(
  context: ManagerContext,
  task: TaskInput,
  options: SubmitOptions = {},
): Promise<Submitted> {
  const id = options.id ?? newTaskId();
  return inSubmitSpan(id, task, (traced) => submitTraced(context, { id, task: traced }, options));
}

async function submitTraced(
  context: ManagerContext,
  { id, task }: { readonly id: string; readonly task: TaskInput },
  options: SubmitOptions,
): Promise<Submitted> {
  const input = signedInput(context, id, task);
  const file = await writePending(context, id, input);
  if (options.start === false) return { id, workflow: null, file };
  try {
    return { id, workflow: { id, run_id: await startWorkflow(online(context), id, input) }, file };
  } catch (error) {
    const isDamage = damageIn(sentenceOf(error)) !== undefined;
    throw new RookeryError('environment', `Task ${id} is written but not started: ${sentenceOf(error)}`, {
      hint: isDamage ? FIX_DATABASE : `Run \`rookery resume ${fileNameOf(id)}\` when the server is back`,
      cause: error,
    });
  }
}

/** Starts a task that was only written. */
export async function startPending(context: ManagerContext, id: string): Promise<string> {
  const read = await readTask(context.paths, id);
  if (read.kind === 'task' && isTerminal(read.task.status)) {
    throw new RookeryError('wrong_status', `Cannot execute task '${id}' in status '${read.task.status.toLowerCase()}'`);
  }
  const input = await readInput(context, id);
  if (!input) throw notFound(id);
  return startWorkflow(online(context), id, input);
}

/** @returns the input as signed at its submission; undefined when there is none, or it is incomplete */
export async function readInput(
  { paths, signer, ownModels }: ManagerContext,
  id: string,
): Promise<TaskInput | undefined> {
  try {
    const checked = checkTaskInput(JSON.parse(await readFile(paths.input(id), 'utf8')), ownModels);
    return checked.kind === 'input' && signer.verifyStart(id, checked.input) ? checked.input : undefined;
  } catch {
    return undefined;
  }
}

/** Throws `bad_input`. */
export function signedInput(context: ManagerContext, id: string, task: TaskInput): TaskInput {
  if (!isTaskId(id)) {
    throw new RookeryError('bad_input', `The id ${JSON.stringify(id.slice(0, 200))} is not a safe file name`, {
      hint: ID_RULE,
    });
  }
  const created_at = task.created_at ?? timestampOf(microsOfMillis(performance.timeOrigin + performance.now()));
  return carriable(context.signer.signStart(id, { ...parsedInput(context, task), created_at }));
}

/** For a schedule that starts tasks: `workflowId` is that of its action. Throws `bad_input`. */
export function signedScheduleInput(context: ManagerContext, workflowId: string, given: TaskInput): TaskInput {
  // Its tasks are no part of the trace in which the schedule is made.
  const { traceparent: _, ...task } = given;
  return carriable(signScheduled(context.signer, workflowId, parsedInput(context, task)));
}

/** Signed inputs without a task file and without any write of a workflow: their submit was interrupted. */
export async function interruptedSubmits({ paths }: ManagerContext): Promise<string[]> {
  const names = await readdir(paths.side).catch(() => []);
  const ids = names.flatMap((name) => idOfFileName(name) ?? []);
  return ids.filter((id) => !existsSync(paths.task(id)) && !existsSync(paths.order(id)));
}

/** Writes the `Pending` file that an interrupted submit did not write; an existing one stays. */
export async function completePending({ paths }: ManagerContext, id: string, input: TaskInput): Promise<void> {
  if (existsSync(paths.order(id))) return;
  await makeDirectory(paths.tasks);
  await writeDurably(paths.task(id), pendingText(id, input), { exclusive: true });
}

// ---

function parsedInput({ host, ownModels }: ManagerContext, task: TaskInput): TaskInput {
  const checked = checkTaskInput(task, ownModels);
  if (checked.kind === 'wrong') throw new RookeryError('bad_input', `The task cannot be submitted: ${checked.problem}`);
  return {
    ...task,
    prompt: wellFormed(task.prompt),
    ...(task.system_prompt === undefined ? {} : { system_prompt: wellFormed(task.system_prompt) }),
    ...(host === undefined ? {} : { host }),
  };
}

/** Includes the signature: the workflow counts it too. */
function carriable(input: TaskInput): TaskInput {
  const problem = tooLarge(input);
  if (problem === undefined) return input;
  throw new RookeryError('bad_input', problem, {
    hint: input.adopted
      ? 'Its checkpoint counts too; let the program that started the task finish it'
      : 'Put the material into a file of the workspace and name it in the prompt',
  });
}

function pendingText(id: string, input: TaskInput): string {
  return toWire(pendingFile(id, input, input.created_at ?? ''), input.extra);
}

async function writePending({ paths }: ManagerContext, id: string, input: TaskInput): Promise<string> {
  await Promise.all([makeDirectory(paths.tasks), makeDirectory(paths.side)]);
  const file = paths.task(id);
  // Both are written and synced in parallel; the second is renamed into place after the first.
  const signed = writeDurably(paths.input(id), JSON.stringify(input));
  const pending = writeDurably(file, pendingText(id, input), { exclusive: true, guard: () => signed });
  const [, created] = await Promise.all([signed, pending]);
  if (created) return file;
  throw new RookeryError('bad_input', `Task '${id}' already exists`, { hint: 'Choose another id' });
}
