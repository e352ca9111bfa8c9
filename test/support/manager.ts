/** The manager of a rig: on its work directory, with its client. */
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { Rig } from './rig.js';

export function managerOf({ client, paths }: Rig): Promise<BackgroundTaskManager> {
  return BackgroundTaskManager.open({ workdir: paths.workdir, client });
}
