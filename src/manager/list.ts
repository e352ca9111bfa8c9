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
  const of = (file: TaskFile) => ({ ...taskFieldsOf(file), ...spentIn(paths.order(file.id)) });
  const read = async () => {
    const { tasks, errors } = await listTasks(paths);
    return { tasks: tasks.map(of), errors };
  };
  return merged<TaskFile & TaskSummary>(context, server, { read, of });
}

/** Like `list`, with the summary that a table shows of each task: unchanged files are not read again. */
export async function overview(context: ManagerContext, server = serverOf(context)): Promise<Listed<TaskSummary>> {
  const { paths } = context;
  return merged(context, server, { read: () => listSummaries(paths), of: (file) => summaryOf(paths, file) });
}

// ---

function serverOf({ client }: ManagerContext): ListServer | undefined {
  if (!client) return undefined;
  const open = async (query: string): Promise<Opened[]> => {
    const found: Opened[] = [];
    for await (const one of client.workflow.list({ query })) found.push(one);
    return found;
  };
  return { open, connect: async () => client };
}

interface Files<T> {
  readonly read: () => Promise<{ tasks: T[]; errors: BrokenFile[] }>;
  readonly of: (file: TaskFile) => T;
}

async function merged<T extends TaskSummary>(
  context: ManagerContext,
  server: ListServer | undefined,
  { read, of }: Files<T>,
): Promise<Listed<T>> {
  const [{ tasks, errors }, open] = await Promise.all([read(), server?.open(OPEN_TASKS)]);
  if (!server || !open) return { tasks: tasks.map((task) => shown(task, NO_SERVER)), errors };
  const phases = new Map(open.map(({ workflowId, memo }) => [workflowId, memoPhase(memo)]));
  const listed: ListedTask<T>[] = [];
  for (const task of tasks) {
    const said = phases.get(task.id);
    if (isTerminal(task.status))
      listed.push(said?.phase === 'waiting_person' ? reopened(task, said) : shown(task, null));
    else if (phases.has(task.id)) listed.push(running(task, said));
    else listed.push(await lookedAt({ ...context, client: await server.connect() }, task, of));
  }
  return { tasks: listed, errors };
}

function shown<T extends TaskSummary>({ spent, ...task }: T, reason: string | null): ListedTask<T> {
  return { ...(task as T), detail: detailFromFiles(task.status, reason, spent) };
}

function running<T extends TaskSummary>(task: T, said: ReturnType<typeof memoPhase>): ListedTask<T> {
  const { detail, ...fields } = shown(task, null);
  const phase = said?.phase ?? 'thinking';
  return {
    ...(fields as unknown as T),
    detail: { ...detail, source: 'temporal', phase, reason: said?.reason ?? null },
  };
}

/** Its file has an end, and its workflow was restarted from outside: it waits. */
function reopened<T extends TaskSummary>(task: T, said: ReturnType<typeof memoPhase>): ListedTask<T> {
  return running({ ...task, status: 'Running' }, said);
}

/**
 * Not among the open workflows, while its file says otherwise: started or ended just now, ended without a worker, or
 * never started.
 */
async function lookedAt<T extends TaskSummary>(
  { client, ...context }: ManagerContext,
  task: T,
  of: (file: TaskFile) => T,
): Promise<ListedTask<T>> {
  if (!client) return shown(task, NO_SERVER);
  const { describe, reconcile } = await import('./reconcile.js');
  const description = await describe(client, task.id).catch(() => undefined);
  if (description?.status.name === 'RUNNING') return running(task, memoPhase(description.memo));
  await reconcile({ ...context, client }, task.id).catch(() => false);
  const read = await readTask(context.paths, task.id);
  return shown(read.kind === 'task' ? of(read.task) : task, 'it has no open workflow; `rookery resume` starts it');
}
