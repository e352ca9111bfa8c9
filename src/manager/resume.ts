/**
 * Resumes tasks: starts what was submitted and never ran, adopts files that have no workflow, wakes tasks that wait for
 * a person or for a time that the provider named, and repairs files whose workflow has ended. A workflow is started at most once, also with concurrent calls.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { PauseMessage } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { SIGNALS, type TaskInput } from '../domain/protocol.js';
import { isTerminal, needsPerson } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import { hostIn, isElsewhere } from '../domain/task-memo.js';
import { readTask } from '../mirror/reader.js';
import { listSummaries } from '../mirror/task-summaries.js';
import { type Adopter, adoption, type ForeignTask } from './adopt.js';
import { awaitClosed, isAboutToClose } from './closing.js';
import { type ManagerContext, notFound, type Online, online, outcomeOf, type VerbOutcome } from './context.js';
import { runningOutcome } from './control.js';
import { describe } from './describe-workflow.js';
import { lostStart, startOfFile } from './lost-history.js';
import { heldSentence, isHeldByTemporal, isOpenRun } from './open-workflow.js';
import { queryTasks } from './query-tasks.js';
import { reconcile } from './reconcile.js';
import { startPaused, startWorkflow } from './start.js';
import { status } from './status.js';
import { completePending, interruptedSubmits, readInput } from './submit.js';
import { memoPhase, rowPhase } from './workflow-state.js';

export interface ResumeOptions {
  /** Reports what would happen, and does nothing. Default: false. */
  readonly dryRun?: boolean;
  /**
   * Settings for a file without a signed input of ours: model, tools, workspace and limits of the person who resumes.
   */
  readonly adopt?: Adopter;
  /**
   * The server has lost its database: tasks that have run here continue from their checkpoints and are signed anew. Never
   * where their workflows may run on another server. Default: false.
   */
  readonly lostHistory?: boolean;
}

/** What only the recovery says. */
export type Resuming = ResumeOptions & {
  /** By id: tasks that start paused. Each is taken out as it is started. */
  readonly pauses?: Map<string, PauseMessage>;
};

/** Every `Pending` or `Running` file without an open workflow, and every task that waits, whichever host has its files. */
export async function resumeIncomplete(context: ManagerContext, options: Resuming = {}): Promise<VerbOutcome[]> {
  const { tasks } = await listSummaries(context.paths);
  const incomplete = tasks.filter(({ status }) => !isTerminal(status)).map(({ id }) => id);
  const waiting = await waitingTasks(online(context));
  const outcomes: VerbOutcome[] = [];
  for (const id of new Set([...incomplete, ...(await interruptedSubmits(context)), ...waiting])) {
    const outcome = await outcomeOf(id, async () => (await attempt(context, id, options)) ?? running(id));
    // A person has paused it, and did not mean it here.
    if (outcome.code === 'paused') outcomes.push({ ...outcome, ok: true, message: `left alone: ${outcome.message}` });
    else if (outcome.code !== 'running') outcomes.push(outcome);
  }
  return outcomes;
}

export async function resume(context: ManagerContext, id: string, options: ResumeOptions = {}): Promise<VerbOutcome> {
  const outcome = await attempt(context, id, options);
  if (outcome) return outcome;
  throw alreadyEnded(id, (await status(context, id)).status);
}

// ---

/** What a waiting task needs instead of another try, by phase. */
const NEEDED: Readonly<Record<string, (id: string) => string>> = {
  waiting_approval: (id) => `it waits for an approval: rookery approve ${id}`,
  waiting_limit: (id) => `it waits at a limit: rookery raise ${id} --max-…`,
  paused: (id) => `it is paused: rookery unpause ${id}`,
  waiting_question: (id) => `it waits for an answer: rookery answer ${id}`,
};

/** @returns undefined for a task that has ended on another host: a file of it that is here was left behind */
async function attempt(context: ManagerContext, id: string, options: Resuming): Promise<VerbOutcome | undefined> {
  const connected = online(context);
  const at = await describe(connected.client, id);
  if (!at) return startOrAdopt(connected, id, options);
  if (await isAboutToClose(connected, at)) {
    await awaitClosed(connected.client, id);
    return repair(connected, id, options);
  }
  if (!isOpenRun(at)) {
    return isElsewhere(hostIn(at.memo), context) ? undefined : repair(connected, id, options);
  }
  const phase = isHeldByTemporal(at) ? 'paused' : memoPhase(at.memo)?.phase;
  const needed = isHeldByTemporal(at) ? heldSentence(id) : NEEDED[phase ?? '']?.(fileNameOf(id));
  if (phase !== undefined && needed !== undefined)
    return { id, ok: false, status: 'Running', code: phase, message: needed };
  if (phase !== 'waiting_person' && phase !== 'retrying') {
    return running(id);
  }
  if (options.dryRun) return runningOutcome(id, 'would be woken');
  const message = context.signer.signMessage(id, SIGNALS.resume, { id: randomUUID(), run: at.runId });
  await connected.client.workflow.getHandle(id).signal(SIGNALS.resume, message);
  return runningOutcome(id, 'woken');
}

/** Those of other hosts have no file here. */
async function waitingTasks({ client }: Online): Promise<string[]> {
  const waiting: string[] = [];
  for await (const row of queryTasks(client)) {
    const phase = rowPhase(row)?.phase;
    if (needsPerson(phase) || phase === 'retrying') waiting.push(row.workflowId);
  }
  return waiting;
}

function running(id: string): VerbOutcome {
  return { id, ok: true, status: 'Running', code: 'running', message: 'it is already running' };
}

async function startOrAdopt(context: Online, id: string, options: Resuming): Promise<VerbOutcome> {
  const signedInput = await readInput(context, id);
  if (signedInput && !options.dryRun) await completePending(context, id, signedInput);
  const read = await readTask(context.paths, id);
  if (read.kind === 'absent' && signedInput) return runningOutcome(id, 'would be started');
  if (read.kind === 'absent') throw notFound(id);
  if (read.kind === 'broken') {
    throw new RookeryError('bad_input', `The file of task '${id}' cannot be read: ${read.reason}`);
  }
  if (isTerminal(read.task.status)) throw alreadyEnded(id, read.task.status);
  const { input, action } = await startFor(context, read, { signedInput, ...options });
  if (options.dryRun) return runningOutcome(id, `would be ${action}`);
  try {
    const pause = options.pauses?.get(id);
    await (pause ? startPaused(context, { id, input }, pause) : startWorkflow(context, id, input, 'refuse'));
    options.pauses?.delete(id);
  } catch (error) {
    // It was resumed elsewhere after our check: it runs, or has ended since.
    if (error instanceof RookeryError && error.code === 'wrong_status') return resume(context, id, options);
    throw error;
  }
  return runningOutcome(id, action);
}

interface Start {
  readonly input: TaskInput;
  /** What is done, as in "would be started". */
  readonly action: string;
}

async function startFor(
  context: Online,
  read: ForeignTask,
  { signedInput, adopt, lostHistory }: ResumeOptions & { readonly signedInput: TaskInput | undefined },
): Promise<Start> {
  const { order, admitted } = context.paths;
  if (lostHistory && [order, admitted].some((path) => existsSync(path(read.task.id)))) {
    const { input, from } = await lostStart(context, read, signedInput ?? (await startOfFile(context, read, adopt)));
    return { input, action: `continued from ${from}` };
  }
  if (signedInput) return { input: signedInput, action: 'started' };
  const { input, from } = await adoption(context, read, adopt);
  return { input, action: `adopted from ${from}` };
}

/** Its workflow has ended and is never started again. A file that says otherwise is behind. */
async function repair(context: Online, id: string, { dryRun }: ResumeOptions): Promise<VerbOutcome> {
  const before = await readTask(context.paths, id);
  if (before.kind === 'task' && isTerminal(before.task.status)) throw alreadyEnded(id, before.task.status);
  if (dryRun) return runningOutcome(id, 'its file would be repaired: the workflow has ended');
  await reconcile(context, id);
  const read = await readTask(context.paths, id);
  const status = read.kind === 'task' ? read.task.status : null;
  return { id, ok: true, status, message: 'the workflow had ended; its file was repaired' };
}

function alreadyEnded(id: string, now: string): RookeryError {
  const name = fileNameOf(id);
  const retry = now === 'Completed' ? '' : `\`rookery retry ${name}\` continues it, `;
  return new RookeryError(
    'wrong_status',
    `Task '${id}' cannot be resumed in status '${now.toLowerCase()}': ${retry}\`rookery send ${name} TEXT\` continues it ` +
      `with a message, \`rookery rerun ${name}\` begins it anew, \`rookery fork ${name} --from N\` continues from an earlier iteration`,
  );
}
