/**
 * Repairs the files of tasks whose workflow ended without running an activity: terminated, timed out, or with a mirror
 * that could not be written in time. Temporal is authoritative; a start that we did not sign changes no file.
 */
import { existsSync, statSync } from 'node:fs';
import { type TaskInput, type TaskResult, WORKFLOW_TYPE } from '../domain/protocol.js';
import { isTerminal, type Status } from '../domain/task.js';
import { hostIn, isElsewhere } from '../domain/task-memo.js';
import { after, microsOfMillis, microsOfStamp, timestampOf } from '../domain/timestamp.js';
import { type TaskFile, toWire } from '../domain/wire.js';
import { removeDurably } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import type { Paths } from '../mirror/paths.js';
import { readTaskText } from '../mirror/reader.js';
import { replaceTask } from '../mirror/replace.js';
import { listSummaries } from '../mirror/task-summaries.js';
import { hashOf, listedOrder, readOrder, writeOrder } from '../mirror/write-order.js';
import { GRPC, grpcCode } from '../server/connect.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import type { Verifier } from '../signing/signature.js';
import { agentEndingOf, agentOf } from './agent-ending.js';
import { decodeWith, type Started } from './history.js';
import { isOpenRun } from './open-workflow.js';
import { terminatedSentence } from './outside.js';
import { DELETED, TIMED_OUT } from './status-object.js';
import { noteUntold } from './untold.js';

export interface ReconcileContext {
  readonly client: TemporalClient;
  readonly paths: Paths;
  /** Name of this host: the files of a task that another one has are not touched. */
  readonly here: string;
  readonly signer: Pick<Verifier, 'verifyStart' | 'verifyAgent'>;
  /** Since when the files here were written by workflows of this server; absent: not known. */
  readonly since?: number;
  /** Tasks whose workflow was open on this server at an earlier look. */
  readonly seenOpen?: Set<string>;
}

/** How a workflow ended, in the terms of the files. */
export interface Ending {
  readonly status: Status;
  readonly result: string | null;
  readonly error: string | null;
  readonly outcome: TaskResult | undefined;
}

/** The file of a task whose workflow ended without writing it. */
export function endedFile(
  file: TaskFile,
  { status, result, error, outcome }: Ending,
  closedAt: Date | undefined,
): TaskFile {
  const closed = microsOfMillis(closedAt?.getTime() ?? Date.now());
  return {
    ...file,
    status,
    result,
    error,
    updated_at: timestampOf(after(microsOfStamp(file.updated_at) ?? 0, closed)),
    iterations: outcome?.iterations ?? file.iterations,
    provider: outcome?.provider ?? file.provider,
    model: outcome?.model ?? file.model,
    checkpoint: null,
  };
}

/** @returns ids of the tasks whose files were repaired */
export async function reconcileAll(context: ReconcileContext): Promise<string[]> {
  const { tasks } = await listSummaries(context.paths);
  const repaired: string[] = [];
  const errors: unknown[] = [];
  for (const { id, status } of tasks) {
    if (isTerminal(status)) continue;
    // A task that cannot be read keeps no other from its repair.
    const changed = await reconcile(context, id).catch((error: unknown) => void errors.push(error));
    if (changed) repaired.push(id);
  }
  if (errors.length > 0 && repaired.length === 0) throw errors[0];
  return repaired;
}

/** @returns true when the file was behind an ended workflow and has been repaired */
export async function reconcile(context: ReconcileContext, id: string): Promise<boolean> {
  const description = await describe(context.client, id);
  if (!description) return wasOpen(context, id) && writeDeleted(context.paths, id);
  if (isOpenRun(description)) {
    context.seenOpen?.add(id);
    return false;
  }
  // One that this host had before has files here that nothing else brings to their end.
  const wasHere = existsSync(context.paths.order(id));
  if (!wasHere && isElsewhere(hostIn(description.memo), context)) return false;
  const input = await inputOf(context.client, description);
  // A task from before the memo: a start that was bound to a host says so.
  if (!isSignedStart(context, description, input)) return false;
  if (!wasHere && isElsewhere(input.host ?? null, context)) return false;
  const ending = await endingOf(context.client, description);
  return ending !== undefined && writeEnding(context.paths, { id, description, ending });
}

/** @returns undefined when Temporal does not have it (any more) */
export async function describe(
  client: TemporalClient,
  id: string,
  runId?: string,
): Promise<WorkflowDescription | undefined> {
  try {
    return await client.workflow.getHandle(id, runId).describe();
  } catch (error) {
    if (grpcCode(error) === GRPC.notFound || (error as Error).name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}

/** @returns undefined when it has not ended */
export async function endingOf(client: TemporalClient, description: WorkflowDescription): Promise<Ending | undefined> {
  const failed = (error: string): Ending => ({ status: 'Failed', result: null, error, outcome: undefined });
  const { name } = description.status;
  if (!isPackaged(description) && name !== 'RUNNING' && name !== 'PAUSED') return agentEndingOf(client, description);
  switch (description.status.name) {
    case 'COMPLETED': {
      const outcome = (await client.workflow
        .getHandle(description.workflowId, description.runId)
        .result()) as TaskResult;
      return { status: 'Completed', result: outcome.result, error: null, outcome };
    }
    case 'FAILED': {
      const { outcome, message } = await failureOf(client, description);
      return { status: 'Failed', result: null, error: outcome?.error ?? message, outcome };
    }
    case 'CANCELLED': {
      const { outcome } = await failureOf(client, description);
      return { status: 'Cancelled', result: null, error: null, outcome };
    }
    case 'TERMINATED':
      return failed(await terminatedSentence(client, description));
    case 'TIMED_OUT':
      return failed(TIMED_OUT);
    default:
      return undefined;
  }
}

/** The first event of the run: what it was started with, and which run it continues. */
export async function startedEvent(
  client: TemporalClient,
  at: { workflowId: string; runId: string },
): Promise<Started | null | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: at.workflowId, runId: at.runId },
    maximumPageSize: 1,
  });
  return history?.events?.[0]?.workflowExecutionStartedEventAttributes;
}

/** The input of the run, as the server has it. */
export async function inputOf(
  client: TemporalClient,
  at: { workflowId: string; runId: string },
): Promise<TaskInput | undefined> {
  const started = await startedEvent(client, at);
  if (started?.workflowType?.name !== WORKFLOW_TYPE) return (await agentOf(client, at))?.input;
  const payload = started.input?.payloads?.[0];
  const [input] = payload ? await decodeWith(client, [payload]) : [];
  return input as TaskInput | undefined;
}

// ---

function isSignedStart(
  { signer }: ReconcileContext,
  at: WorkflowDescription,
  input: TaskInput | undefined,
): input is TaskInput {
  if (typeof input !== 'object' || input === null) return false;
  return isPackaged(at) ? signer.verifyStart(at.workflowId, input) : signer.verifyAgent(at.workflowId, input);
}

/** Not so: a workflow of the user, of which an agent is a step. */
function isPackaged({ raw }: WorkflowDescription): boolean {
  return raw.workflowExecutionInfo?.type?.name === WORKFLOW_TYPE;
}

async function failureOf(client: TemporalClient, { workflowId, runId }: WorkflowDescription) {
  try {
    await client.workflow.getHandle(workflowId, runId).result();
  } catch (error) {
    const cause = (error as { cause?: unknown }).cause as (Error & { details?: unknown[] }) | undefined;
    const outcome = cause?.details?.[0] as TaskResult | undefined;
    const known = outcome && typeof outcome === 'object' && 'iterations' in outcome ? outcome : undefined;
    return { outcome: known, message: (cause ?? (error as Error)).message };
  }
  return { outcome: undefined, message: 'failed' };
}

interface Repair {
  readonly id: string;
  readonly description: Pick<WorkflowDescription, 'closeTime' | 'startTime'>;
  readonly ending: Ending;
  /** Of a task whose history is gone, the checkpoint is all that there is to continue from. */
  readonly keepsCheckpoint?: boolean;
}

/** Otherwise it may be a task of another server, or one that never ran: neither has been deleted here. */
function wasOpen({ paths, since, seenOpen }: ReconcileContext, id: string): boolean {
  if (seenOpen?.has(id)) return true;
  const order = since === undefined ? undefined : statSync(paths.order(id), { throwIfNoEntry: false });
  return since !== undefined && order !== undefined && order.mtimeMs >= since;
}

/** It ran here: what wrote its order was its workflow, on this server. */
async function writeDeleted(paths: Paths, id: string): Promise<boolean> {
  const order = readOrder(paths.order(id));
  if (!order) return false;
  const ending: Ending = { status: 'Failed', result: null, error: DELETED, outcome: undefined };
  const description = { startTime: new Date(order.run_started) };
  return writeEnding(paths, { id, description, ending, keepsCheckpoint: true });
}

async function writeEnding(
  paths: Paths,
  { id, description, ending, keepsCheckpoint = false }: Repair,
): Promise<boolean> {
  return withLock(paths.lock(id), async () => {
    const { text: before, read } = await readTaskText(paths, id);
    if (before === undefined || read.kind !== 'task' || isTerminal(read.task.status)) return false;
    const text = toWire(endedFile(read.task, ending, description.closeTime), read.extra);
    await noteUntold(paths, id);
    // Ordered after any write of that run: a late activity must not set it back.
    await writeOrder(paths.order(id), {
      run_started: description.startTime.getTime(),
      version: Number.MAX_SAFE_INTEGER,
      hashes: [hashOf(text), hashOf(before)],
      ended: true,
      ...listedOrder(paths.order(id)),
    });
    // The file changed in between: the next pass repairs it.
    if (!(await replaceTask(paths, id, { text, expectedHash: hashOf(before), keepsExternalEnd: false }))) return false;
    if (!keepsCheckpoint) await removeDurably(paths.checkpoint(id));
    return true;
  });
}
