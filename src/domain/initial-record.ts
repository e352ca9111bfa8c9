/** The initial record of a task, from its input. Pure: the workflow and a rebuild from its history must begin alike. */
import type { TaskInput } from './protocol.js';
import { newRecord, type TaskRecord } from './task.js';
import { type Micros, microsOfStamp } from './timestamp.js';

export function recordAtStart(input: TaskInput, now: Micros): TaskRecord {
  const created = input.created_at === undefined ? undefined : microsOfStamp(input.created_at);
  return newRecord(now, { ...input, created, iterations: input.adopted?.iterations });
}
