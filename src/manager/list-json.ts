/**
 * The status objects of a list as JSON text. The text of a file that has not changed since it was read and checked is
 * given as it stands: parsing and writing thousands of long texts takes longer than everything else in a list.
 */
import { isTerminal } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import type { TaskFile } from '../domain/wire.js';
import { openedLine } from '../mirror/plain-task.js';
import { readTaskSync } from '../mirror/reader.js';
import { type TaskSummary, unchangedBytes } from '../mirror/task-summaries.js';
import type { ManagerContext } from './context.js';
import type { Listed, ListedTask } from './list.js';
import { taskFieldsOf } from './status-object.js';

/** Pieces of the JSON text of one object. Bytes hold nothing that a terminal interprets, and are valid until the next one. */
export type ObjectText = readonly (string | Buffer)[];

/** In the order of the list. A task whose file has gone since is left out. */
export function* statusObjects({ paths }: ManagerContext, { tasks }: Listed<TaskSummary>): Generator<ObjectText> {
  for (const task of tasks) {
    const { id, status, detail } = task;
    const bytes = isSummary(task) ? unchangedBytes(paths, task) : undefined;
    if (bytes?.includes(`\n  "status": "${status}",\n`)) {
      yield [openedLine(bytes), `,"detail":${JSON.stringify(detail)}}`];
      continue;
    }
    if (!isSummary(task)) {
      yield [JSON.stringify({ ...taskFieldsOf(task as unknown as TaskFile), detail })];
      continue;
    }
    const { read } = readTaskSync(paths.task(id), `${fileNameOf(id)}.json`);
    if (read.kind !== 'task') continue;
    // The server may know a newer state than the file, and the file a newer one than the list.
    const fromServer = detail.source === 'temporal';
    const file = taskFieldsOf(fromServer ? { ...read.task, status } : read.task);
    const hasEnded = !fromServer && isTerminal(file.status) && detail.phase !== 'done';
    yield [JSON.stringify({ ...file, detail: hasEnded ? { ...detail, phase: 'done', reason: null } : detail })];
  }
}

// ---

/** A task that only its memo tells of has the fields of a file, and no outcome. */
function isSummary(task: ListedTask<TaskSummary>): task is ListedTask<TaskSummary> & TaskSummary {
  return 'outcome' in task;
}
