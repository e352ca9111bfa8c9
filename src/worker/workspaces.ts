/** Makes the workspace of a task ready that this host takes over from another one. */
import type { WorkspacePort } from '../../activities/ports.js';
import { isDirectory } from '../files/is-directory.js';

export function createWorkspaces(): WorkspacePort {
  return {
    async prepare({ workspace }) {
      if (await isDirectory(workspace)) return {};
      return { problem: `it has no directory ${workspace}, the workspace of the task` };
    },
  };
}
