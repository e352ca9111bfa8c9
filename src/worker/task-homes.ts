/**
 * Removes the homes that commands in the sandbox share with their task: when the task ends on this host, and at the start
 * of a worker those whose task ended while none ran.
 */
import { readdir } from 'node:fs/promises';
import type { MirrorPort } from '../../activities/ports.js';
import { idOfFileName } from '../domain/task-id.js';
import { removeTaskHome } from '../sandbox/task-home.js';

/** A mirror that also removes the home of a task with its last state. A home that cannot be removed is left to the next start. */
export function removingHomes(mirror: MirrorPort, homes: string): MirrorPort {
  return {
    async write(state) {
      const found = await mirror.write(state);
      if (state.record.state.kind !== 'running') void removeTaskHome(homes, state.id).catch(() => undefined);
      return found;
    },
  };
}

export async function sweepHomes(homes: string, isOpen: (task: string) => Promise<boolean>): Promise<void> {
  for (const name of await readdir(homes).catch((): string[] => [])) {
    const task = idOfFileName(name);
    if (task !== undefined && !(await isOpen(task))) await removeTaskHome(homes, task).catch(() => undefined);
  }
}
