/** Looks in /proc for what a task has left running. */
import { readdirSync, readFileSync } from 'node:fs';
import { TASK_MARKER } from '../../src/processes/kill-tree.js';

/** Processes that carry the task's marker in their environment and are not dead. */
export function processesOf(task: { readonly id: string }): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const environment = readOrNothing(`/proc/${pid}/environ`).split('\0');
    const dead = readOrNothing(`/proc/${pid}/stat`).includes(') Z ');
    return !dead && environment.includes(`${TASK_MARKER}=${task.id}`);
  });
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
