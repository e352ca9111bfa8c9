/** What the sidecars of a task's files tell a list: what it has used, what it is called, and where it works. */
import { readFileSync } from 'node:fs';
import { readAbout, type TaskAbout } from '../domain/task-about.js';
import type { TaskFile } from '../domain/wire.js';
import type { Paths } from './paths.js';
import { type ListedOrder, listedOrder } from './write-order.js';

export function sidecarsOf(paths: Paths, { id, status }: Pick<TaskFile, 'id' | 'status'>): ListedOrder {
  const order = listedOrder(paths.order(id));
  return status !== 'Pending' || order.about ? order : { ...order, about: aboutInInput(paths.input(id)) };
}

// ---

/** Of a task that was submitted and not started: its signed input, which nothing has verified. */
function aboutInInput(path: string): TaskAbout {
  try {
    return readAbout(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}
