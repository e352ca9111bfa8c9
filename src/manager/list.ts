/**
 * Lists every task, newest first, from the files; with a server, one query tells which of them have an open workflow.
 * Both are read in parallel; what changes in between is read again.
 */
import { isTerminal } from '../domain/task.js';
import type { TaskFile } from '../domain/wire.js';
import { type BrokenFile, listTasks, readTask } from '../mirror/reader.js';
import { listSummaries, summaryOf, type TaskSummary } from '../mirror/task-summaries.js';
import { spentIn } from '../mirror/write-order.js';
import type { TemporalClient } from '../server/temporal-client.js';
import type { ManagerContext, Online } from './context.js';
import { type QueriedTask, queryTasks } from './query-tasks.js';
import { detailFromFiles, NO_SERVER, type StatusDetail } from './status-object.js';
import { memoPhase } from './workflow-state.js';

export interface Listed<T extends TaskSummary = TaskFile> {
  readonly tasks: readonly ListedTask<T>[];
  readonly errors: readonly BrokenFile[];
}

export type ListedTask<T> = T & { readonly detail: StatusDetail };

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
async function openTasks({ client, onAbsent }: ListServer): Promise<QueriedTask[] | undefined> {
  const query = async (): Promise<QueriedTask[]> => {
    const found: QueriedTask[] = [];
    for await (const task of queryTasks(client)) found.push(task);
    return found;
  };
  if (!onAbsent) return query();
  try {
    return await client.withDeadline(Date.now() + RESPONSE_TIMEOUT_MS, query);
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
  const [{ tasks, errors }, open] = await Promise.all([read(), server && openTasks(server)]);
  if (!server || !open) return { tasks: tasks.map((task) => withDetail(task, NO_SERVER)), errors };
  const phases = new Map(open.map(({ workflowId, memo }) => [workflowId, memoPhase(memo)]));
  const listed: ListedTask<T>[] = [];
  for (const task of tasks) {
    const memoState = phases.get(task.id);
    if (isTerminal(task.status))
      listed.push(memoState?.phase === 'waiting_person' ? reopened(task, memoState) : withDetail(task, null));
    else if (phases.has(task.id)) listed.push(runningTask(task, memoState));
    else listed.push(await reconciled({ ...context, client: server.client }, task, toSummary));
  }
  return { tasks: listed, errors };
}

/** What was spent is in the detail. Kept as undefined, not left out: a copy without a field takes ten times as long. */
function withDetail<T extends TaskSummary>(task: T, reason: string | null): ListedTask<T> {
  return { ...task, spent: undefined, detail: detailFromFiles(task.status, reason, task.spent) };
}

function runningTask<T extends TaskSummary>(task: T, memoState: ReturnType<typeof memoPhase>): ListedTask<T> {
  const { detail, ...fields } = withDetail(task, null);
  const phase = memoState?.phase ?? 'thinking';
  const state = { source: 'temporal', phase, reason: memoState?.reason ?? null } as const;
  return { ...(fields as unknown as T), detail: { ...detail, ...state } };
}

/** Its file has an end, and its workflow was restarted from outside: it waits. */
function reopened<T extends TaskSummary>(task: T, memoState: ReturnType<typeof memoPhase>): ListedTask<T> {
  return runningTask({ ...task, status: 'Running' }, memoState);
}

/**
 * Not among the open workflows, while its file says otherwise: started or ended just now, ended without a worker, or
 * never started.
 */
async function reconciled<T extends TaskSummary>(
  { client, ...context }: Online,
  task: T,
  toSummary: (file: TaskFile) => T,
): Promise<ListedTask<T>> {
  const { describe, reconcile } = await import('./reconcile.js');
  const description = await describe(client, task.id).catch(() => undefined);
  if (description?.status.name === 'RUNNING') return runningTask(task, memoPhase(description.memo));
  await reconcile({ ...context, client }, task.id).catch(() => false);
  const read = await readTask(context.paths, task.id);
  return withDetail(
    read.kind === 'task' ? toSummary(read.task) : task,
    'it has no open workflow; `rookery resume` starts it',
  );
}
