/** What `run` and `submit` do for `--worktree`, and what they say to a person who did not give it. */
import type { TaskInput } from '../domain/protocol.js';
import { shortId } from '../domain/task-id.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { Session } from './session.js';

/** Throws `usage` for a workspace from which no worktree can be made. */
export async function worktreeOf(session: Session): Promise<Pick<TaskInput, 'worktree'>> {
  const { options, settings, env, out } = session;
  if (options.worktree !== true) return {};
  const { worktreeStart } = await import('../manager/worktree-start.js');
  const { start, hasChanges } = await worktreeStart(settings.workspace.value, env);
  if (hasChanges)
    out.info(`The worktree starts from commit ${start.commit.slice(0, 12)}: your uncommitted changes are not in it.`);
  return { worktree: start };
}

/** For a task that is made from another one: it works where that one does, unless a workspace is given. */
export async function reportOccupantOfNext(
  session: Session,
  manager: BackgroundTaskManager,
  { id, workspace }: { readonly id: string; readonly workspace: string | undefined },
): Promise<void> {
  const { detail } = await manager.status(id);
  if (workspace === undefined && (detail.worktree || detail.workspace === null)) return;
  await reportOccupant(session, manager, { workspace: workspace ?? detail.workspace ?? undefined });
}

/** Two tasks in one directory change each other's files. */
export async function reportOccupant(
  { out }: Session,
  manager: BackgroundTaskManager,
  { workspace, worktree }: Pick<TaskInput, 'workspace' | 'worktree'>,
): Promise<void> {
  if (workspace === undefined || worktree !== undefined) return;
  const other = await manager.occupant(workspace);
  if (other !== undefined)
    out.info(`Task ${shortId(other)} is open in ${workspace} too; --worktree gives a task its own copy of the files.`);
}
