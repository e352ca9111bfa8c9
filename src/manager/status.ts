/** The status of one task: from Temporal when it answers, else from the files, with the reason. */

import { readFile } from 'node:fs/promises';
import { parentIn } from '../domain/continues.js';
import { RookeryError } from '../domain/errors.js';
import { RUNS_ELSEWHERE } from '../domain/external-edit.js';
import type { StatusAnswer } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { aboutDetail, aboutOf, type TaskAbout } from '../domain/task-about.js';
import { hostIn, isElsewhere, taskMemoOf } from '../domain/task-memo.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import type { TaskFile } from '../domain/wire.js';
import type { Child } from '../mirror/children.js';
import { readTask } from '../mirror/reader.js';
import { waitIn } from '../mirror/shown-wait.js';
import { sidecarsOf } from '../mirror/sidecars.js';
import { absentWorkflowSentence } from './absent-workflow.js';
import { backgroundOf } from './background.js';
import { shownChanges } from './baseline-of.js';
import { allChildrenOf } from './children.js';
import { type ManagerContext, notFound, type Online } from './context.js';
import { describe } from './describe-workflow.js';
import { expectedFiles, fileIn } from './expected-files.js';
import { heartbeatOf } from './live-text.js';
import { nextCommand } from './next-command.js';
import { cancelledSentence } from './outside.js';
import { reconcile } from './reconcile.js';
import { changedAt } from './standstill.js';
import {
  type BackgroundDetail,
  fromFiles,
  NO_SERVER,
  type StatusObject,
  spentDetail,
  taskFieldsOf,
  withRecord,
} from './status-object.js';
import { waitingDetail } from './waiting.js';
import { type Ending, endingOf } from './workflow-ending.js';
import { queryStatus, workflowDetail, workflowStateOf } from './workflow-state.js';

/** A mirror that is behind for less time is only in flight. */
const MIRROR_DELAY_MS = 2_000;

export async function status(context: ManagerContext, id: string): Promise<StatusObject> {
  const [found, changes] = await Promise.all([currentStatus(context, id), shownChanges(context, id)]);
  const detail = { ...found.detail, ...changes };
  return { ...found, detail: { ...detail, next: nextCommand({ ...found, detail }) } };
}

// ---

async function currentStatus(context: ManagerContext, id: string): Promise<StatusObject> {
  const { client, paths } = context;
  const [read, children, description] = await Promise.all([
    readTask(paths, id),
    allChildrenOf(context, id),
    client && describe(client, id),
  ]);
  const background = backgroundOf(paths, id);
  if (!client) return offline(context, read, { id, children, background });
  const connected: Online = { ...context, client };
  if (!description) return offline(context, await absentRead(connected, id, read), { id, children, background });
  const task = await taskOf(connected, description, read);
  const ending = await endingOf(client, description);
  const known = { ...task, children, background, description };
  return ending ? ended(connected, { ...known, id, ending }) : open(connected, known);
}

type Description = NonNullable<Awaited<ReturnType<typeof describe>>>;
type Read = Awaited<ReturnType<typeof readTask>>;

interface Named {
  readonly id: string;
  readonly children: readonly Child[];
  readonly background: readonly BackgroundDetail[];
}

/** Temporal does not have it: its file says so, when it is certain that it was deleted. */
async function absentRead(context: Online, id: string, read: Read): Promise<Read> {
  if (read.kind !== 'task' || isTerminal(read.task.status)) return read;
  return (await reconcile(context, id).catch(() => false)) ? readTask(context.paths, id) : read;
}

function offline(
  { client, paths, here }: ManagerContext,
  read: Read,
  { id, children, background }: Named,
): StatusObject {
  if (read.kind === 'absent') throw notFound(id);
  if (read.kind === 'broken') {
    throw new RookeryError('not_found', `The file of task '${id}' cannot be read: ${read.reason}`, {
      hint: 'The file is kept as it is; restore it, or remove it',
    });
  }
  const reason = client ? absentWorkflowSentence(paths, id) : NO_SERVER;
  const wait = client ? undefined : waitIn(paths, read.task);
  return fromFiles(read.task, { reason, wait, host: here, ...sidecarsOf(paths, read.task), children, background });
}

interface KnownTask {
  /** From here, or as the host that has it must have it. */
  readonly file: TaskFile;
  /** Null: none has it yet. */
  readonly host: string | null;
  readonly place: 'here' | 'missing' | 'elsewhere';
}

/** A task whose file is not here, or not whole, or on another host, is told from its history. */
async function taskOf(context: Online, at: Description, read: Read): Promise<KnownTask> {
  const named = hostIn(at.memo);
  if (read.kind === 'task' && !isElsewhere(named, context)) {
    return { file: read.task, host: named ?? context.here, place: 'here' };
  }
  const expected = await expectedFiles(context.client, at);
  if (!expected) throw new RookeryError('environment', `The history of task '${at.workflowId}' cannot be read`);
  const { host, files } = expected;
  return { file: fileIn(files.task, at.workflowId), host, place: host === context.here ? 'missing' : 'elsewhere' };
}

async function open(
  { client, paths, stalledMs }: Online,
  { file, host, place, children, background, description }: OpenTask,
): Promise<StatusObject> {
  const changed = place === 'here' ? changedAt(paths, description.workflowId) : undefined;
  const { answer, phase, reason, attempt } = await workflowStateOf(client, description, { changed, stalledMs });
  const late = answer?.mirror_behind_since ?? (await heartbeatOf(client, description)).behind_since ?? null;
  const live = answer ? withRecord(file, answer.record) : running(file);
  return {
    ...taskFieldsOf(live),
    detail: {
      phase,
      reason,
      attempt,
      source: 'temporal',
      host: answer?.host ?? host,
      ...spentDetail(answer?.record.usage),
      files: null,
      finish: answer?.record.finish ?? null,
      ...originOf(description),
      children,
      background,
      workflow: await workflowDetail(client, description),
      waiting: await waitingDetail(client, description.workflowId, {
        phase,
        reason,
        since: waitsSince(paths, live, phase),
      }),
      mirror: {
        behind_since: late !== null && Date.now() - late > MIRROR_DELAY_MS ? timestampOf(microsOfMillis(late)) : null,
      },
      ...aboutDetail(aboutIn(paths, file, description)),
    },
  };
}

interface OpenTask extends KnownTask, Omit<Named, 'id'> {
  readonly description: Description;
}

interface Ended extends OpenTask {
  readonly id: string;
  readonly ending: Ending;
}

async function ended(context: Online, known: Ended): Promise<StatusObject> {
  const { id, file, host, place, children, background, ending, description } = known;
  const repaired = place === 'here' && !isTerminal(file.status) && (await reconcile(context, id).catch(() => false));
  const read = repaired ? await readTask(context.paths, id) : undefined;
  const current = read?.kind === 'task' ? read.task : file;
  // An end without a result (a cancel, a terminate) keeps the last state of the workflow.
  const answer = ending.outcome ? undefined : await queryStatus(context.client, description);
  const closed = description.closeTime?.getTime() ?? Date.now();
  const isWritten = isTerminal(current.status);
  const behind = place === 'missing' || !isWritten;
  // The end that was in the file first is the task's end, even when another program wrote it.
  const { status, result, error } = isWritten ? current : ending;
  return {
    ...taskFieldsOf({ ...current, status, result, error, checkpoint: null }),
    iterations: ending.outcome?.iterations ?? current.iterations,
    detail: {
      phase: 'done',
      reason: (await handedOver(context, id)) ?? (await endReason(context, { ending, description, answer })),
      attempt: null,
      source: 'temporal',
      host,
      ...spentDetail(ending.outcome?.usage ?? answer?.record.usage),
      files: null,
      finish: ending.outcome?.finish ?? answer?.record.finish ?? null,
      ...originOf(description),
      children,
      background,
      workflow: await workflowDetail(context.client, description),
      waiting: [],
      mirror: { behind_since: behind ? timestampOf(microsOfMillis(closed)) : null },
      ...aboutDetail(aboutIn(context.paths, current, description)),
    },
  };
}

/** Its workflow is open, and has not written the file since an end that was in it: no worker has taken it yet. */
function running(file: TaskFile): TaskFile {
  return isTerminal(file.status) ? { ...file, status: 'Running', result: null, error: null } : file;
}

/** Memos of earlier versions lack it. */
function aboutIn(paths: Online['paths'], file: TaskFile, { memo }: Description): TaskAbout {
  return { ...sidecarsOf(paths, file).about, ...aboutOf(taskMemoOf(memo).submission ?? {}) };
}

/** The task that it comes from, or the workflow that started it. */
function originOf({ memo, raw }: Description): Pick<StatusObject['detail'], 'from' | 'parent'> {
  const from = taskMemoOf(memo).from ?? null;
  const starter = raw.workflowExecutionInfo?.parentExecution?.workflowId;
  return { from, parent: starter || parentIn(from) };
}

function waitsSince(paths: Online['paths'], task: TaskFile, phase: string): number | undefined {
  const wait = waitIn(paths, task);
  return wait?.phase === phase ? wait.since : undefined;
}

function handedOver({ paths }: Online, id: string): Promise<string | undefined> {
  return readFile(paths.handed(id), 'utf8').catch(() => undefined);
}

interface Closed extends Pick<Ended, 'ending' | 'description'> {
  readonly answer: StatusAnswer | undefined;
}

async function endReason({ client }: Online, { ending, description, answer }: Closed): Promise<string | null> {
  const state = answer?.record.state;
  const isOurs = answer?.foreign !== undefined && answer.foreign !== null;
  if (ending.status === 'Cancelled' && !isOurs) {
    const author = await cancelledSentence(client, description).catch(() => undefined);
    if (author !== undefined) return author;
  }
  if (state?.kind !== 'cancelled') return ending.outcome ? null : ending.error;
  // When the file was watched, the workflow learned of the cancel first, and of its author later.
  return answer?.foreign && answer.foreign !== RUNS_ELSEWHERE ? answer.foreign : state.reason;
}
