/** The initial record of a task, from its input. Pure: the workflow and a rebuild from its history must begin alike. */
import type { Continues } from './continues.js';
import type { TaskInput } from './protocol.js';
import { newRecord, type TaskRecord } from './task.js';
import { type Micros, microsOfStamp } from './timestamp.js';

export function recordAtStart(input: TaskInput, now: Micros): TaskRecord {
  const created = input.created_at === undefined ? undefined : microsOfStamp(input.created_at);
  const { continues, adopted } = input;
  const iterations = continues?.iterations ?? adopted?.iterations;
  const record = newRecord(now, { ...input, ...modelOf(continues), created, iterations });
  return continues ? { ...record, usage: continues.usage } : record;
}

// ---

/** What the files showed last: the input may name another one, or none. */
function modelOf({ provider, model }: Partial<Continues> = {}): {
  readonly provider?: string;
  readonly model?: string;
} {
  return { ...(provider === undefined ? {} : { provider }), ...(model === undefined ? {} : { model }) };
}
