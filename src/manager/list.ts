/**
 * Every task, newest first, from the files; with a server, one query tells which of them have an open workflow. Both are
 * read at once: what changes in between is looked at again.
 */
import type { Client } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import type { TaskFile } from '../domain/wire.js';
import { type BrokenFile, listTasks, readTask } from '../mirror/reader.js';
import type { ManagerContext } from './context.js';
import { memoPhase } from './standing.js';
import { fromFiles, NO_SERVER, type StatusObject } from './status-object.js';

export interface Listed {
  readonly tasks: readonly StatusObject[];
  readonly errors: readonly BrokenFile[];
}

/** A way to the server for who has no client yet: most lists need none. */
export interface ListServer {
  /** The open workflows of the query, with their memos; undefined: no server answers. */
  readonly open: (query: string) => Promise<readonly Opened[] | undefined>;
  /** Called where a file and the query disagree. */
  readonly connect: () => Promise<Client | undefined>;
}

export interface Opened {
  readonly workflowId: string;
  readonly memo?: Readonly<Record<string, unknown>>;
}

export async function list(context: ManagerContext, server = serverOf(context)): Promise<Listed> {
  const [{ tasks, errors }, open] = await Promise.all([listTasks(context.paths), server?.open(OPEN)]);
  if (!server || !open) return { tasks: tasks.map((file) => fromFiles(file, NO_SERVER)), errors };
  const phases = new Map(open.map(({ workflowId, memo }) => [workflowId, memoPhase(memo)]));
  const listed: StatusObject[] = [];
  for (const file of tasks) {
    if (isTerminal(file.status)) listed.push(fromFiles(file, null));
    else if (phases.has(file.id)) listed.push(running(file, phases.get(file.id)));
    else listed.push(await lookedAt({ ...context, client: await server.connect() }, file));
  }
  return { tasks: listed, errors };
}

// ---

const OPEN = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'`;

function serverOf({ client }: ManagerContext): ListServer | undefined {
  if (!client) return undefined;
  const open = async (query: string): Promise<Opened[]> => {
    const found: Opened[] = [];
    for await (const one of client.workflow.list({ query })) found.push(one);
    return found;
  };
  return { open, connect: async () => client };
}

function running(file: TaskFile, said: ReturnType<typeof memoPhase>): StatusObject {
  const { detail, ...fields } = fromFiles(file, null);
  const phase = said?.phase ?? 'thinking';
  return { ...fields, detail: { ...detail, source: 'temporal', phase, reason: said?.reason ?? null } };
}

/** Not among the open ones, and its file says otherwise: started or ended just now, ended without a worker, or never started. */
async function lookedAt({ client, ...context }: ManagerContext, file: TaskFile): Promise<StatusObject> {
  if (!client) return fromFiles(file, NO_SERVER);
  const { describe, reconcile } = await import('../reconcile.js');
  const description = await describe(client, file.id).catch(() => undefined);
  if (description?.status.name === 'RUNNING') return running(file, memoPhase(description.memo));
  await reconcile({ ...context, client }, file.id).catch(() => false);
  const read = await readTask(context.paths, file.id);
  return fromFiles(read.kind === 'task' ? read.task : file, 'it has no open workflow; `rookery resume` starts it');
}
