/** Every task, newest first, from the files; with a server, one query tells which of them have an open workflow. */

import { WORKFLOW_TYPE } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import type { TaskFile } from '../domain/wire.js';
import { type BrokenFile, listTasks, readTask } from '../mirror/reader.js';
import { reconcile } from '../reconcile.js';
import type { ManagerContext, Online } from './context.js';
import { memoPhase } from './standing.js';
import { fieldsOf, fromFiles, NO_SERVER, type StatusObject } from './status-object.js';

export interface Listed {
  readonly tasks: readonly StatusObject[];
  readonly errors: readonly BrokenFile[];
}

export async function list(context: ManagerContext): Promise<Listed> {
  const { tasks, errors } = await listTasks(context.paths);
  const { client } = context;
  if (!client) return { tasks: tasks.map((file) => fromFiles(file, NO_SERVER)), errors };
  const reach: Online = { ...context, client };
  const open = await openWorkflows(reach);
  const listed: StatusObject[] = [];
  for (const file of tasks) listed.push(await one(reach, file, open));
  return { tasks: listed, errors };
}

// ---

type Open = ReadonlyMap<string, ReturnType<typeof memoPhase>>;

async function openWorkflows({ client }: Online): Promise<Open> {
  const open = new Map<string, ReturnType<typeof memoPhase>>();
  const query = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, memo } of client.workflow.list({ query })) open.set(workflowId, memoPhase(memo));
  return open;
}

async function one(context: Online, file: TaskFile, open: Open): Promise<StatusObject> {
  if (isTerminal(file.status)) return fromFiles(file, null);
  if (!open.has(file.id)) return afterwards(context, file);
  const { detail, ...fields } = fromFiles(file, null);
  const said = open.get(file.id);
  return {
    ...fields,
    detail: { ...detail, source: 'temporal', phase: said?.phase ?? 'thinking', reason: said?.reason ?? null },
  };
}

/** Not open, and its file says otherwise: it ended without a worker, or was never started. */
async function afterwards(context: Online, file: TaskFile): Promise<StatusObject> {
  const mended = await reconcile(context, file.id).catch(() => false);
  const read = mended ? await readTask(context.paths, file.id) : undefined;
  if (read?.kind === 'task') return fromFiles(fieldsOf(read.task), null);
  return fromFiles(file, 'it has no open workflow; `rookery resume` starts it');
}
