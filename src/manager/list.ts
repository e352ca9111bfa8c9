/**
 * Lists every task, newest first, from the files; with a server, one query tells which of them have an open workflow.
 * Both are read in parallel; what changes in between is read again.
 */
import type { Client } from '@temporalio/client';
import { OPEN_TASKS } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import type { TaskFile } from '../domain/wire.js';
import { type BrokenFile, listTasks, readTask } from '../mirror/reader.js';
import { listSummaries, summaryOf, type TaskSummary } from '../mirror/task-summaries.js';
import { spentIn } from '../mirror/write-order.js';
import type { ManagerContext } from './context.js';
import { queryTasks } from './query-tasks.js';
import { detailFromFiles, NO_SERVER, type StatusDetail, taskFieldsOf } from './status-object.js';
import { memoPhase } from './workflow-state.js';

export interface Listed<T extends TaskSummary = TaskFile> {
  readonly tasks: readonly ListedTask<T>[];
  readonly errors: readonly BrokenFile[];
}

export type ListedTask<T> = T & { readonly detail: StatusDetail };

/** A lazy connection to the server, for callers without a client: most lists need none. */
export interface ListServer {
  /** @returns the open workflows of the query, with their memos; undefined when no server answers */
  readonly open: (query: string) => Promise<readonly Opened[] | undefined>;
  /** Called where a file and the query disagree. */
  readonly connect: () => Promise<Client | undefined>;
}

export interface Opened {
  readonly workflowId: string;
  readonly memo?: Readonly<Record<string, unknown>>;
}

export async function list(context: ManagerContext, server = serverOf(context)): Promise<Listed> {
  const { paths } = context;
  const toSummary = (file: TaskFile) => ({ ...taskFieldsOf(file), ...spentIn(paths.order(file.id)) });
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

function serverOf({ client }: ManagerContext): ListServer | undefined {
  if (!client) return undefined;
  const open = async (query: string): Promise<Opened[]> => {
    const found: Opened[] = [];
    for await (const task of queryTasks(client, query)) found.push(task);
    return found;
  };
  return { open, connect: async () => client };
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
  const [{ tasks, errors }, open] = await Promise.all([read(), server?.open(OPEN_TASKS)]);
  if (!server || !open) return { tasks: tasks.map((task) => withDetail(task, NO_SERVER)), errors };
  const phases = new Map(open.map(({ workflowId, memo }) => [workflowId, memoPhase(memo)]));
  const listed: ListedTask<T>[] = [];
  for (const task of tasks) {
    const memoState = phases.get(task.id);
    if (isTerminal(task.status))
      listed.push(memoState?.phase === 'waiting_person' ? reopened(task, memoState) : withDetail(task, null));
    else if (phases.has(task.id)) listed.push(runningTask(task, memoState));
    else listed.push(await reconciled({ ...context, client: await server.connect() }, task, toSummary));
  }
  return { tasks: listed, errors };
}

function withDetail<T extends TaskSummary>({ spent, ...task }: T, reason: string | null): ListedTask<T> {
  return { ...(task as T), detail: detailFromFiles(task.status, reason, spent) };
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
  { client, ...context }: ManagerContext,
  task: T,
  toSummary: (file: TaskFile) => T,
): Promise<ListedTask<T>> {
  if (!client) return withDetail(task, NO_SERVER);
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
