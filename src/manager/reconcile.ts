/**
 * Repairs the files of tasks whose workflow ended without running an activity: terminated, timed out, or with a mirror
 * that could not be written in time. Temporal is authoritative; a start that we did not sign changes no file.
 */
import { existsSync, statSync } from 'node:fs';
import type { TaskInput } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { hostIn, isElsewhere } from '../domain/task-memo.js';
import { toWire } from '../domain/wire.js';
import { removeDurably } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import type { Paths } from '../mirror/paths.js';
import { readTaskText } from '../mirror/reader.js';
import { replaceTask } from '../mirror/replace.js';
import { listSummaries } from '../mirror/task-summaries.js';
import { hashOf, listedOrder, readOrder, type WritePosition, writeOrder } from '../mirror/write-order.js';
import { serverFiles } from '../server/files.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import type { Verifier } from '../signing/signature.js';
import { describe } from './describe-workflow.js';
import { expectedFiles } from './expected-files.js';
import { isOpenRun } from './open-workflow.js';
import { servedSince } from './served-namespace.js';
import { DELETED } from './status-object.js';
import { noteUntold } from './untold.js';
import { endedFile, endingOf } from './workflow-ending.js';
import { inputOf, isPackaged } from './workflow-start.js';

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
  /** False: the server has another database than the one that `since` and `seenOpen` are about. */
  readonly isSameServer?: () => Promise<boolean>;
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
  if (!description)
    return (await wasDeleted(context, id)) && !(await isReplaced(context)) && writeDeleted(context.paths, id);
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
  const repair = await repairOf(context.client, description);
  return repair !== undefined && writeEnding(context.paths, id, repair);
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

interface Repair {
  readonly position: WritePosition;
  textOf(read: TaskAndExtra): string;
  /** Of a task whose history is gone, the checkpoint is all that there is to continue from. */
  readonly keepsCheckpoint?: boolean;
}

type TaskAndExtra = Extract<Awaited<ReturnType<typeof readTaskText>>['read'], { kind: 'task' }>;

/** The file that the history gives, byte for byte. A run without an agent of its own has none: what is here is ended. */
async function repairOf(client: TemporalClient, at: WorkflowDescription): Promise<Repair | undefined> {
  const expected = await expectedFiles(client, at);
  if (expected) return { position: expected.files.position, textOf: () => expected.files.task };
  const ending = await endingOf(client, at);
  return (
    ending && {
      position: lastOf(at.startTime),
      textOf: ({ task, extra }) => toWire(endedFile(task, ending, at.closeTime), extra),
    }
  );
}

/** Ordered after any write of that run: a late activity must not set it back. */
function lastOf(startTime: Date): WritePosition {
  return { run_started: startTime.getTime(), version: Number.MAX_SAFE_INTEGER };
}

/** Long after the last write: nothing of it is on its way. */
const QUIET_MS = 60_000;

/** Otherwise it may be a task of another server, or one that never ran: neither has been deleted here. */
async function wasDeleted(context: ReconcileContext, id: string): Promise<boolean> {
  const { paths, since, seenOpen } = context;
  if (seenOpen?.has(id)) return true;
  const written = statSync(paths.order(id), { throwIfNoEntry: false })?.mtimeMs;
  if (written === undefined) return false;
  if (since !== undefined) return written >= since;
  // A command has seen nothing of the task: the workers here have noted what they served.
  if (written > Date.now() - QUIET_MS || existsSync(paths.handed(id)) || readOrder(paths.order(id))?.ended)
    return false;
  const served = await servedSince(context);
  return served !== undefined && written >= served && (await describe(context.client, id)) === undefined;
}

/** The database was lost: a repair continues the task from its files, and only a repair may say that it cannot. */
async function isReplaced({ paths, isSameServer }: ReconcileContext): Promise<boolean> {
  if (existsSync(serverFiles(paths.workdir).repair)) return true;
  return isSameServer !== undefined && !(await isSameServer());
}

/** It ran here: what wrote its order was its workflow, on this server. */
async function writeDeleted(paths: Paths, id: string): Promise<boolean> {
  const order = readOrder(paths.order(id));
  if (!order) return false;
  const ending = { status: 'Failed', result: null, error: DELETED, outcome: undefined } as const;
  return writeEnding(paths, id, {
    position: lastOf(new Date(order.run_started)),
    textOf: ({ task, extra }) => toWire(endedFile(task, ending, undefined), extra),
    keepsCheckpoint: true,
  });
}

async function writeEnding(
  paths: Paths,
  id: string,
  { position, textOf, keepsCheckpoint = false }: Repair,
): Promise<boolean> {
  return withLock(paths.lock(id), async () => {
    const { text: before, read } = await readTaskText(paths, id);
    if (before === undefined || read.kind !== 'task' || isTerminal(read.task.status)) return false;
    const text = textOf(read);
    await noteUntold(paths, id);
    await writeOrder(paths.order(id), {
      ...position,
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
