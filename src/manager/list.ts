/**
 * Lists every task, newest first. A task whose files are here is told from them; with a server, one query tells which of
 * them have an open workflow, and which tasks there are besides: those are told from their memo. Files and server are
 * read in parallel; what changes in between is read again.
 */
import { isTerminal, needsPerson } from '../domain/task.js';
import { aboutOf } from '../domain/task-about.js';
import { hostIn, isElsewhere, taskMemoOf } from '../domain/task-memo.js';
import type { TaskFile } from '../domain/wire.js';
import { type BrokenFile, listTasks, newestFirst, readTask } from '../mirror/reader.js';
import { waitIn } from '../mirror/shown-wait.js';
import { sidecarsOf } from '../mirror/sidecars.js';
import { listSummaries, summaryOf, type TaskSummary } from '../mirror/task-summaries.js';
import { type ListedOrder, readOrder } from '../mirror/write-order.js';
import type { TemporalClient } from '../server/temporal-client.js';
import type { ManagerContext } from './context.js';
import { listedRuns } from './listed-runs.js';
import { isOpenRun } from './open-workflow.js';
import type { QueriedTask } from './query-tasks.js';
import {
  detailFromFiles,
  type FileContext,
  isWorking,
  NO_SERVER,
  type StatusDetail,
  waitingFor,
} from './status-object.js';
import { type FromMemo, taskOfMemo } from './task-of-memo.js';
import { memoPhase, rowPhase, waitingText } from './workflow-state.js';

export interface Listed<T extends ListedFile = TaskFile> {
  readonly tasks: readonly ListedTask<T>[];
  readonly errors: readonly BrokenFile[];
}

/** What a list needs of a task whose files are here. */
export type ListedFile = Pick<TaskFile, 'id' | 'status' | 'created_at' | 'iterations'> & ListedOrder;

/** What a list adds to a task. */
export interface ListedParts {
  readonly detail: StatusDetail;
  /** The call or question that it waits for, where that is known. */
  readonly waits?: string | undefined;
}

/** Fields that are null: the files of the task are not here, and its memo does not tell. */
export type ListedTask<T> = (T | FromMemo<T>) & ListedParts;

/** Of `overview`. */
export type ListedOverview = Listed<TaskSummary>;

export interface ListServer {
  readonly client: TemporalClient;
  /** For a server that may not run: called when it does not answer, and the list is of the files alone. */
  readonly onAbsent?: () => void;
}

export async function list(context: ManagerContext, server = serverOf(context)): Promise<Listed> {
  const { paths } = context;
  const toSummary = (file: TaskFile) => ({ ...file, ...sidecarsOf(paths, file) });
  const read = async () => {
    const { tasks, errors } = await listTasks(paths);
    return { tasks: tasks.map(toSummary), errors };
  };
  // Undefined, not left out: a copy without a field takes ten times as long.
  const toListed = (task: TaskFile & ListedFile, parts: ListedParts) => ({
    ...{ ...task, spent: undefined, about: undefined, from: undefined },
    ...parts,
  });
  return mergeLists<TaskFile & ListedFile>(context, server, { read, toSummary, toListed, namesWaits: false });
}

/** Like `list`, with the summary that a table shows of each task: unchanged files are not read again. */
export async function overview(context: ManagerContext, server = serverOf(context)): Promise<Listed<TaskSummary>> {
  const { paths } = context;
  const toSummary = (file: TaskFile) => summaryOf(paths, file);
  return mergeLists(context, server, {
    ...{ read: () => listSummaries(paths), toSummary, toListed: listedSummary },
    namesWaits: true,
  });
}

// ---

const RESPONSE_TIMEOUT_MS = 3_000;

function serverOf({ client }: ManagerContext): ListServer | undefined {
  return client && { client };
}

/** @returns undefined when no server answers, and that is no error */
async function tasksOf(
  context: ManagerContext,
  { client, onAbsent }: ListServer,
): Promise<Map<string, QueriedTask> | undefined> {
  if (!onAbsent) return listedRuns(client, context);
  try {
    return await listedRuns(client, context, RESPONSE_TIMEOUT_MS);
  } catch {
    onAbsent();
    return undefined;
  }
}

interface TaskReader<T> {
  readonly read: () => Promise<{ tasks: T[]; errors: BrokenFile[] }>;
  readonly toSummary: (file: TaskFile) => T;
  /** A copy that does not repeat what the detail says. */
  readonly toListed: (task: T, parts: ListedParts) => T & ListedParts;
  /** Whether a row says what it waits for: a status object has that in its detail. */
  readonly namesWaits: boolean;
}

/** Field by field: a general copy takes several times as long. */
function listedSummary(task: TaskSummary, { detail, waits }: ListedParts): TaskSummary & ListedParts {
  const { id, prompt, status, created_at, updated_at, iterations, outcome, plain } = task;
  return { id, prompt, status, created_at, updated_at, iterations, outcome, plain, detail, waits };
}

async function mergeLists<T extends ListedFile>(
  context: ManagerContext,
  server: ListServer | undefined,
  reader: TaskReader<T>,
): Promise<Listed<T>> {
  const [{ tasks, errors }, rows] = await Promise.all([reader.read(), server && tasksOf(context, server)]);
  const files = new FileList(context, reader);
  if (!server || !rows) return { tasks: tasks.map((task) => files.offline(task)), errors };
  const listed: ListedTask<T>[] = [];
  for (const task of tasks) {
    const row = rows.get(task.id);
    // What is here was left behind.
    if (row && isElsewhere(hostIn(row.memo), context)) continue;
    rows.delete(task.id);
    listed.push(await files.taskWith(task, row, server.client));
  }
  for (const row of rows.values()) {
    const task = taskOfMemo(row);
    // It has every field of a file, and so of a summary.
    const waits = reader.namesWaits ? waitingText(row.memo) : undefined;
    if (task) listed.push({ ...task, waits } as unknown as ListedTask<T>);
  }
  const newest = newestFirst(listed);
  if (!newest.some(({ detail }) => isWorking(detail))) return { tasks: newest, errors };
  const { withWorkingStates } = await import('./working-state.js');
  return { tasks: await withWorkingStates({ ...context, client: server.client }, newest), errors };
}

type WithDetail<T> = T & ListedParts;

/** Tasks whose files are here. */
class FileList<T extends ListedFile> {
  constructor(
    private readonly context: ManagerContext,
    private readonly reader: TaskReader<T>,
  ) {}

  offline(task: T): WithDetail<T> {
    const wait = isTerminal(task.status) ? undefined : waitIn(this.context.paths, task);
    return this.#detailed(task, { reason: NO_SERVER, wait }, this.reader.namesWaits ? wait?.text : undefined);
  }

  /** `row`: its newest run. */
  async taskWith(task: T, row: QueriedTask | undefined, client: TemporalClient): Promise<WithDetail<T>> {
    const isOpen = row !== undefined && row.closeTime === undefined;
    if (!isTerminal(task.status)) return isOpen ? this.#running(task, row) : this.#reconciled(task, client);
    // Its file has an end, and its workflow was restarted from outside, and waits, or continues it, and has written nothing.
    if (isOpen && (memoPhase(row.memo)?.phase === 'waiting_person' || this.#isLaterRun(task, row)))
      return this.#running({ ...task, status: 'Running' }, row);
    return this.#detailed(task, { reason: null });
  }

  #isLaterRun({ id }: T, { startTime }: QueriedTask): boolean {
    const written = readOrder(this.context.paths.order(id))?.run_started;
    return written !== undefined && startTime.getTime() > written;
  }

  #running(task: T, row: Parameters<typeof rowPhase>[0]): WithDetail<T> {
    const { memo } = row;
    const known = taskMemoOf(memo);
    const about = task.about ?? aboutOf(known.submission ?? {});
    const origin = known.from === undefined ? {} : { from: known.from };
    const listed = this.#detailed({ ...task, about, ...origin }, { reason: null });
    const { phase = 'thinking', reason = null } = rowPhase(row) ?? {};
    const state = { source: 'temporal', phase, reason } as const;
    const wait = needsPerson(phase) ? waitIn(this.context.paths, task) : undefined;
    const since = wait?.phase === phase ? wait.since : undefined;
    const detail: StatusDetail = { ...listed.detail, ...state, waiting: waitingFor({ phase, reason, since }) };
    return { ...listed, detail, waits: this.reader.namesWaits ? waitingText(memo) : undefined };
  }

  /** What was spent, what it is called and where it comes from is in the detail. */
  #detailed(task: T, known: Pick<FileContext, 'reason' | 'wait'>, waits?: string): WithDetail<T> {
    const { spent, about, from, status } = task;
    const detail = detailFromFiles(status, { ...known, host: this.context.here, spent, about, from });
    return this.reader.toListed(task, { detail, waits });
  }

  /**
   * Not among the open workflows, while its file says otherwise: started or ended just now, ended without a worker, or
   * never started.
   */
  async #reconciled(task: T, client: TemporalClient): Promise<WithDetail<T>> {
    const { describe } = await import('./describe-workflow.js');
    const { reconcile } = await import('./reconcile.js');
    const description = await describe(client, task.id).catch(() => undefined);
    if (description && isOpenRun(description))
      return this.#running(task, { ...description, status: description.status.name });
    await reconcile({ ...this.context, client }, task.id).catch(() => false);
    const read = await readTask(this.context.paths, task.id);
    const { absentWorkflowSentence } = await import('./absent-workflow.js');
    const reason = absentWorkflowSentence(this.context.paths, task.id);
    return this.#detailed(read.kind === 'task' ? this.reader.toSummary(read.task) : task, { reason });
  }
}
