/** What a task has changed in its workspace, as a list of files and as a patch. */
import type { ChangedFile } from '../domain/changed-file.js';
import { changedFiles, patchOf } from '../git/changes.js';
import { baselineOfTask, treesOf } from './baseline-of.js';
import type { ManagerContext } from './context.js';

export interface TaskDiff {
  readonly files: readonly ChangedFile[];
  /** For `git apply` in the workspace. */
  readonly patch: Buffer;
}

/** Throws `bad_input` for a task whose workspace is in no git repository, and one that has not run on this host. */
export async function diff(context: ManagerContext, id: string): Promise<TaskDiff> {
  const compared = await treesOf(context, id, await baselineOfTask(context, id));
  const [files, patch] = await Promise.all([changedFiles(compared), patchOf(compared)]);
  return { files, patch };
}
