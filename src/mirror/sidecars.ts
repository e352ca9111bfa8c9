/** What the sidecars of a task's files tell a list: what it has used, what it is called, where it works, and where it comes from. */
import { readFileSync } from 'node:fs';
import { toLineage } from '../domain/continues.js';
import { readAbout } from '../domain/task-about.js';
import type { TaskFile } from '../domain/wire.js';
import type { Paths } from './paths.js';
import { type ListedOrder, listedOrder } from './write-order.js';

export function sidecarsOf(paths: Paths, { id, status }: Pick<TaskFile, 'id' | 'status'>): ListedOrder {
  const order = listedOrder(paths.order(id));
  return status !== 'Pending' || order.about ? order : { ...order, ...listedInput(paths.input(id)) };
}

// ---

/** Of a task that was submitted and not started: its signed input, which nothing has verified. */
function listedInput(path: string): ListedOrder {
  try {
    const input: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const { from, kind } = Object(Object(input).continues) as { readonly from?: object; readonly kind?: unknown };
    const lineage = toLineage({ ...from, kind });
    return { about: readAbout(input), ...(lineage === undefined ? {} : { from: lineage }) };
  } catch {
    return { about: {} };
  }
}
