/** Runs the input of a task again, as a new task: with its prompt and settings, and nothing of its conversation. */
import type { ContinuedFrom, Continues } from '../domain/continues.js';
import { RookeryError } from '../domain/errors.js';
import type { TaskInput } from '../domain/protocol.js';
import { NO_USAGE } from '../domain/task.js';
import { hostIn } from '../domain/task-memo.js';
import type { TaskFile } from '../domain/wire.js';
import { noteChild } from '../mirror/children.js';
import { readTask } from '../mirror/reader.js';
import { type Adopter, keptProvider } from './adopt.js';
import { type ManagerContext, notFound, type Online, online } from './context.js';
import { describe } from './describe-workflow.js';
import { type Overrides, onwardInput } from './onward-input.js';
import { startChild } from './start-child.js';
import { readInput, type Submitted } from './submit.js';
import { inputOf } from './workflow-start.js';

export interface RerunOptions {
  readonly overrides?: Overrides;
  /** Settings for a task whose history and signed input are gone. */
  readonly adopt?: Adopter;
}

export interface Rerun extends Submitted {
  readonly from: ContinuedFrom;
  /** Always empty: shaped like a fork, of whose source nothing is undone either. */
  readonly effects: readonly never[];
}

/** Throws `no_server`, `not_found`, and `bad_input` for a start that is not signed with the key here. */
export async function rerun(context: ManagerContext, id: string, options: RerunOptions = {}): Promise<Rerun> {
  const connected = online(context);
  const at = await describe(connected.client, id);
  const signed = at ? await inputOf(connected.client, at) : await readInput(context, id);
  const source = signed
    ? await firstInput(connected, id, verified(connected, id, signed))
    : await fromFile(context, id, options.adopt);
  const from: ContinuedFrom = { id, ...(at ? { run: at.runId } : {}), iteration: 0 };
  const nothing = { messages: [], iterations: source.adopted?.iterations ?? 0, usage: NO_USAGE, elapsed_ms: 0 };
  // A fork began with a conversation.
  const continues: Continues = { ...nothing, ...source.continues, from, kind: 'rerun' };
  const { created_at: _, extra: _extra, ...task } = onwardInput(source, continues, options.overrides);
  const host = hostIn(at?.memo) ?? source.host ?? null;
  const started = await startChild(connected, task, { host, taskQueue: at?.taskQueue });
  await noteChild(context.paths, id, { id: started.id, kind: 'rerun', iteration: 0 });
  return { ...started, from, effects: [] };
}

// ---

/** The settings of the last run, with the conversation that the first one began with: that of a fork. */
async function firstInput(context: Online, id: string, newest: TaskInput): Promise<TaskInput> {
  let { continues } = newest;
  while (continues?.kind === 'send' || continues?.kind === 'retry') {
    continues = (await inputOfRun(context, id, continues.from.run))?.continues;
  }
  const { continues: _, ...settings } = newest;
  return continues === undefined ? settings : { ...settings, continues };
}

/** @returns undefined when Temporal does not have it any more */
async function inputOfRun({ client, signer }: Online, id: string, runId: string | undefined) {
  if (runId === undefined) return undefined;
  const input = await inputOf(client, { workflowId: id, runId }).catch(() => undefined);
  return input && signer.verifyStart(id, input) ? input : undefined;
}

function verified({ signer }: Online, id: string, input: TaskInput): TaskInput {
  if (signer.verifyStart(id, input)) return input;
  throw new RookeryError('bad_input', `The start of task '${id}' is not signed with the key here`, {
    hint: 'Submit its prompt again, if you trust it',
  });
}

/** Its file alone is left. */
async function fromFile({ paths }: ManagerContext, id: string, adopter: Adopter | undefined): Promise<TaskInput> {
  const read = await readTask(paths, id);
  if (read.kind !== 'task') throw notFound(id);
  const { prompt, system_prompt } = read.task;
  return { ...((await adopter?.(read.task)) ?? modelOf(read.task)), prompt, system_prompt };
}

function modelOf({ provider, model }: TaskFile): Pick<TaskInput, 'provider' | 'model'> {
  if (provider === null) return {};
  return { provider: keptProvider(provider), ...(model === null ? {} : { model }) };
}
