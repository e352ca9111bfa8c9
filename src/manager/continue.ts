/**
 * Continues a task that has ended in a new run of the same workflow id: with its conversation, limits and spend, from
 * Temporal, or when its history is gone from its files. The new start is signed, and begins once, also when several
 * commands continue the task at the same time.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { ContinuedFrom } from '../domain/continues.js';
import { RookeryError } from '../domain/errors.js';
import type { TaskInput } from '../domain/protocol.js';
import { beforeLastReply, type Onward, startingPoint } from '../domain/starting-point.js';
import type { Status } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import { hostIn } from '../domain/task-memo.js';
import { timestampOf } from '../domain/timestamp.js';
import { makeDirectory } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import type { WorkflowDescription } from '../server/temporal-client.js';
import type { Adopter } from './adopt.js';
import { awaitClosed, isClosing } from './closing.js';
import { type ManagerContext, type Online, online } from './context.js';
import { describe } from './describe-workflow.js';
import { filesSource, type TaskSource } from './files-source.js';
import { type Overrides, onwardInput } from './onward-input.js';
import { isOpenRun } from './open-workflow.js';
import { momentOf, pastRun } from './past.js';
import { startWorkflow } from './start.js';
import { type Submitted, signedInput } from './submit.js';
import { endingOf } from './workflow-ending.js';

export interface ContinueOptions {
  /** What the person says: a user turn after the conversation. Absent: a retry from the last good iteration. */
  readonly text?: string;
  /** Id of the message that the text is: the task takes the same id once. Default: a new UUID. */
  readonly message?: string;
  readonly overrides?: Overrides;
  /** Settings for a task whose history and signed input are gone. */
  readonly adopt?: Adopter;
}

export interface Continued extends Submitted {
  readonly from: ContinuedFrom;
  /** What could not be taken over, in one sentence; null for nothing. */
  readonly lost: string | null;
}

/**
 * Throws `no_server`, `not_found`, `wrong_status` for a task that has not ended or needs no retry, and `bad_input` for a
 * start that is not signed with the key here, or when the task would end at once at a limit.
 */
export async function continueTask(
  context: ManagerContext,
  id: string,
  options: ContinueOptions = {},
): Promise<Continued> {
  const continued = await continueEnded(context, id, options);
  if (continued !== 'running') return continued;
  throw new RookeryError('wrong_status', `Task '${id}' has not ended`, {
    hint: `Run \`rookery status ${fileNameOf(id)}\` to see what it does`,
  });
}

/** Like `continueTask`. @returns `running` for a task that runs, or that another command has just continued */
export async function continueEnded(
  context: ManagerContext,
  id: string,
  given: ContinueOptions,
): Promise<Continued | 'running'> {
  const connected = online(context);
  const options = given.text === undefined ? given : { ...given, message: given.message ?? randomUUID() };
  const at = await lastRunOf(connected, id);
  if (at && isOpenRun(at)) return 'running';
  if (existsSync(context.paths.handed(id))) {
    throw new RookeryError('wrong_status', `Task '${id}' was handed over and continues elsewhere`, {
      hint: `Run \`rookery status ${fileNameOf(id)}\` to see where`,
    });
  }
  const source = at
    ? await endedSource(connected, at, options)
    : await filesSource(connected, id, { ...options, name: nameOf(options) });
  const { task, continues, host, lost } = source;
  const onward = onwardInput(task, continues, options.overrides);
  const input = signedInput({ ...connected, ...(host === null ? {} : { host }) }, id, onward);
  const run_id = await startOnce({ ...connected, ...(at ? { taskQueue: at.taskQueue } : {}) }, id, { at, input });
  if (run_id === undefined) return 'running';
  return { id, workflow: { id, run_id }, file: context.paths.task(id), from: continues.from, lost };
}

// ---

function nameOf({ text }: ContinueOptions): 'send' | 'retry' {
  return text === undefined ? 'retry' : 'send';
}

/** A run that has come to its end and is about to close is awaited: its file shows the end already. */
async function lastRunOf({ client }: Online, id: string): Promise<WorkflowDescription | undefined> {
  const at = await describe(client, id);
  if (!at || !(await isClosing(client, at))) return at;
  await awaitClosed(client, id);
  return describe(client, id);
}

async function endedSource(context: Online, at: WorkflowDescription, options: ContinueOptions): Promise<TaskSource> {
  const id = at.workflowId;
  const past = await pastRun(context, id, at.runId);
  const last = past?.rounds.at(-1);
  const ending = await endingOf(context.client, at);
  if (!past || !last || !ending) return filesSource(context, id, { ...options, name: nameOf(options) });
  const { text, message } = options;
  if (text === undefined && ending.status === 'Completed') refuseDone(id);
  const point = pointOf(past, last, { text, message, status: ending.status });
  const { iterations, messages, calls } = point;
  const closed = at.closeTime?.getTime() ?? Date.now();
  const created_at = past.input.created_at ?? timestampOf(past.created ?? 0);
  return {
    task: { ...past.input, created_at },
    continues: {
      from: { id, run: at.runId, iteration: iterations },
      kind: nameOf(options),
      ...{ messages, iterations, usage: ending.outcome?.usage ?? last.usage },
      ...(calls.length > 0 ? { calls } : {}),
      elapsed_ms: Math.max(0, closed - past.startedAt),
      ...(last.provider === null ? {} : { provider: last.provider }),
      ...(last.model === null ? {} : { model: last.model }),
    },
    host: hostIn(at.memo) ?? past.host,
    lost: null,
  };
}

function pointOf(
  past: Parameters<typeof momentOf>[0],
  last: Parameters<typeof momentOf>[1],
  { text, message, status }: Pick<Onward, 'text' | 'message'> & { readonly status: Status },
) {
  const moment = momentOf(past, last);
  // A reply that failed is no answer to speak to, either, unless it says something.
  const spoken = text !== undefined && status === 'Completed';
  const point = startingPoint(spoken ? moment : beforeLastReply(moment), {
    ...{ text, message },
    sealCalls: text !== undefined && status === 'Cancelled',
  });
  if (point) return point;
  throw new RookeryError('wrong_status', 'The conversation ends with an answer, so there is nothing to retry');
}

function refuseDone(id: string): never {
  const name = fileNameOf(id);
  throw new RookeryError(
    'wrong_status',
    `Task '${id}' is completed: \`rookery send ${name} TEXT\` goes on with its conversation, \`rookery rerun ${name}\` begins it anew`,
  );
}

interface Start {
  /** The run that is continued; undefined: Temporal has none. */
  readonly at: WorkflowDescription | undefined;
  readonly input: TaskInput;
}

/**
 * Under the lock of the task: of several commands, the others find the new run. @returns undefined when another command
 * has continued the task since
 */
async function startOnce(context: Online, id: string, { at, input }: Start): Promise<string | undefined> {
  const { paths, client } = context;
  await makeDirectory(paths.side);
  return withLock(paths.lock(id), async () => {
    const now = await describe(client, id);
    if (now && now.runId !== at?.runId) return undefined;
    try {
      return await startWorkflow(context, id, input, 'a later run');
    } catch (error) {
      // From another host, in this moment.
      if (error instanceof RookeryError && error.code === 'wrong_status') return undefined;
      throw error;
    }
  });
}
