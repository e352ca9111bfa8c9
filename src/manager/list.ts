/**
 * Lists every task, newest first. A task whose files are here is told from them; with a server, one query tells which of
 * them have an open workflow, and which tasks there are besides: those are told from their memo. Files and server are
 * read in parallel; what changes in between is read again.
 */
import { isTerminal } from '../domain/task.js';
import { hostIn, isElsewhere } from '../domain/task-memo.js';
import type { TaskFile } from '../domain/wire.js';
import { type BrokenFile, listTasks, newestFirst, readTask } from '../mirror/reader.js';
import { listSummaries, summaryOf, type TaskSummary } from '../mirror/task-summaries.js';
import { readOrder, spentIn } from '../mirror/write-order.js';
import type { TemporalClient } from '../server/temporal-client.js';
import type { ManagerContext } from './context.js';
import { listedRuns } from './listed-runs.js';
import type { QueriedTask } from './query-tasks.js';
import { detailFromFiles, NO_SERVER, type StatusDetail, waitingFor } from './status-object.js';
import { type FromMemo, taskOfMemo } from './task-of-memo.js';
import { memoPhase } from './workflow-state.js';

export interface Listed<T extends TaskSummary = TaskFile> {
  readonly tasks: readonly ListedTask<T>[];
  readonly errors: readonly BrokenFile[];
}

/** Fields that are null: the files of the task are not here, and its memo does not tell. */
export type ListedTask<T> = (T | FromMemo<T>) & { readonly detail: StatusDetail };

export interface ListServer {
  readonly client: TemporalClient;
  /** For a server that may not run: called when it does not answer, and the list is of the files alone. */
  readonly onAbsent?: () => void;
}

export async function list(context: ManagerContext, server = serverOf(context)): Promise<Listed> {
  const { paths } = context;
  const toSummary = (file: TaskFile) => ({ ...file, ...spentIn(paths.order(file.id)) });
  const read = async () => {
    const { tasks, errors } = await listTasks(paths);
    return { tasks: tasks.map(toSummary), errors };
  };
  return mergeLists<TaskFile & TaskSummary>(context, server, { read, toSummary });
}

/** Like `list`, with the summary that a table shows of each task: unchanged files are not read again. */
export async function overview(context: ManagerContext, server = serverOf(context)): Promise<Listed<TaskSummary>> {
  const { paths } = context;
  const toSummary = (file: TaskFile) => summaryOf(paths, file);
  return mergeLists(context, server, { read: () => listSummaries(paths), toSummary });
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
}

async function mergeLists<T extends TaskSummary>(
  context: ManagerContext,
  server: ListServer | undefined,
  { read, toSummary }: TaskReader<T>,
): Promise<Listed<T>> {
  const [{ tasks, errors }, rows] = await Promise.all([read(), server && tasksOf(context, server)]);
  const files = new FileList(context, toSummary);
  if (!server || !rows) return { tasks: tasks.map((task) => files.detailed(task, NO_SERVER)), errors };
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
    if (task) listed.push(task as unknown as ListedTask<T>);
  }
  return { tasks: newestFirst(listed), errors };
}

type MemoState = ReturnType<typeof memoPhase>;
type WithDetail<T> = T & { readonly detail: StatusDetail };

/** Tasks whose files are here. */
class FileList<T extends TaskSummary> {
  constructor(
    private readonly context: ManagerContext,
    private readonly toSummary: (file: TaskFile) => T,
  ) {}

  /** What was spent is in the detail. Kept as undefined, not left out: a copy without a field takes ten times as long. */
  detailed(task: T, reason: string | null): WithDetail<T> {
    const { here: host } = this.context;
    return { ...task, spent: undefined, detail: detailFromFiles(task.status, { reason, host, spent: task.spent }) };
  }

  /** `row`: its newest run. */
  async taskWith(task: T, row: QueriedTask | undefined, client: TemporalClient): Promise<WithDetail<T>> {
    const isOpen = row !== undefined && row.closeTime === undefined;
    const memoState = isOpen ? memoPhase(row.memo) : undefined;
    if (!isTerminal(task.status)) return isOpen ? this.#running(task, memoState) : this.#reconciled(task, client);
    // Its file has an end, and its workflow was restarted from outside, and waits, or continues it, and has written nothing.
    if (memoState?.phase === 'waiting_person' || (isOpen && this.#isLaterRun(task, row)))
      return this.#running({ ...task, status: 'Running' }, memoState);
    return this.detailed(task, null);
  }

  #isLaterRun({ id }: T, { startTime }: QueriedTask): boolean {
    const written = readOrder(this.context.paths.order(id))?.run_started;
    return written !== undefined && startTime.getTime() > written;
  }

  #running(task: T, memoState: MemoState): WithDetail<T> {
    const { detail, ...fields } = this.detailed(task, null);
    const phase = memoState?.phase ?? 'thinking';
    const state = { source: 'temporal', phase, reason: memoState?.reason ?? null } as const;
    return { ...(fields as unknown as T), detail: { ...detail, ...state, waiting: waitingFor(state) } };
  }

  /**
   * Not among the open workflows, while its file says otherwise: started or ended just now, ended without a worker, or
   * never started.
   */
  async #reconciled(task: T, client: TemporalClient): Promise<WithDetail<T>> {
    const { describe, reconcile } = await import('./reconcile.js');
    const description = await describe(client, task.id).catch(() => undefined);
    if (description?.status.name === 'RUNNING') return this.#running(task, memoPhase(description.memo));
    await reconcile({ ...this.context, client }, task.id).catch(() => false);
    const read = await readTask(this.context.paths, task.id);
    return this.detailed(
      read.kind === 'task' ? this.toSummary(read.task) : task,
      'it has no open workflow; `rookery resume` starts it',
    );
  }
}
