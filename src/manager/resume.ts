/**
 * Resumes tasks: starts what was submitted and never ran, adopts files that have no workflow, wakes tasks that wait for
 * a person or for a time that the provider named, and repairs files whose workflow has ended. A workflow is started at most once, also with concurrent calls.
 */
import { randomUUID } from 'node:crypto';
import { RookeryError } from '../domain/errors.js';
import { SIGNALS } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import { readTask } from '../mirror/reader.js';
import { listSummaries } from '../mirror/task-summaries.js';
import { type Adopter, adoption } from './adopt.js';
import { type ManagerContext, notFound, type Online, online, outcomeOf, type VerbOutcome } from './context.js';
import { describe, reconcile } from './reconcile.js';
import { startWorkflow } from './start.js';
import { completePending, interruptedSubmits, readInput } from './submit.js';
import { memoPhase } from './workflow-state.js';

export interface ResumeOptions {
  /** Reports what would happen, and does nothing. Default: false. */
  readonly dryRun?: boolean;
  /**
   * Settings for a file without a signed input of ours: model, tools, workspace and limits of the person who resumes.
   */
  readonly adopt?: Adopter;
}

/** Every `Pending` or `Running` file without an open workflow, and every task that waits. */
export async function resumeIncomplete(context: ManagerContext, options: ResumeOptions = {}): Promise<VerbOutcome[]> {
  const { tasks } = await listSummaries(context.paths);
  const incomplete = tasks.filter(({ status }) => !isTerminal(status)).map(({ id }) => id);
  const outcomes: VerbOutcome[] = [];
  for (const id of [...incomplete, ...(await interruptedSubmits(context))]) {
    const outcome = await outcomeOf(id, () => resume(context, id, options));
    if (outcome.code !== 'running') outcomes.push(outcome);
  }
  return outcomes;
}

export async function resume(context: ManagerContext, id: string, options: ResumeOptions = {}): Promise<VerbOutcome> {
  const connected = online(context);
  const at = await describe(connected.client, id);
  if (!at) return startOrAdopt(connected, id, options);
  const { name } = at.status;
  if (name !== 'RUNNING' && name !== 'PAUSED') return repair(connected, id, options);
  const phase = memoPhase(at.memo)?.phase;
  if (phase === 'waiting_approval') {
    const message = `it waits for an approval: rookery approve ${fileNameOf(id)}`;
    return { id, ok: false, status: 'Running', code: phase, message };
  }
  if (phase !== 'waiting_person' && phase !== 'retrying') {
    return { id, ok: true, status: 'Running', code: 'running', message: 'it is already running' };
  }
  if (options.dryRun) return runningOutcome(id, 'would be woken');
  const message = context.signer.signMessage(id, SIGNALS.resume, { id: randomUUID(), run: at.runId });
  await connected.client.workflow.getHandle(id).signal(SIGNALS.resume, message);
  return runningOutcome(id, 'woken');
}

// ---

function runningOutcome(id: string, message: string): VerbOutcome {
  return { id, ok: true, status: 'Running', message };
}

async function startOrAdopt(context: Online, id: string, options: ResumeOptions): Promise<VerbOutcome> {
  const signedInput = await readInput(context, id);
  if (signedInput && !options.dryRun) await completePending(context, id, signedInput);
  const read = await readTask(context.paths, id);
  if (read.kind === 'absent' && signedInput) return runningOutcome(id, 'would be started');
  if (read.kind === 'absent') throw notFound(id);
  if (read.kind === 'broken') {
    throw new RookeryError('bad_input', `The file of task '${id}' cannot be read: ${read.reason}`);
  }
  if (isTerminal(read.task.status)) throw alreadyEnded(id, read.task.status);
  const { input, from } = signedInput ? { input: signedInput, from: '' } : await adoption(context, read, options.adopt);
  const action = signedInput ? 'started' : `adopted from ${from}`;
  if (options.dryRun) return runningOutcome(id, `would be ${action}`);
  try {
    await startWorkflow(context, id, input, 'refuse');
  } catch (error) {
    // It was resumed elsewhere after our check: it runs, or has ended since.
    if (error instanceof RookeryError && error.code === 'wrong_status') return resume(context, id, options);
    throw error;
  }
  return runningOutcome(id, action);
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
  return new RookeryError('wrong_status', `Task '${id}' cannot be resumed in status '${now.toLowerCase()}'`);
}
