/**
 * Search attributes of a task. Set only after an iteration has reported that they are registered: an unregistered one
 * blocks the workflow for ever.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_MODEL, SEARCH_STATUS } from '../src/domain/protocol.js';
import type { TaskRun } from './task-state.js';

const STATUS = defineSearchAttributeKey(SEARCH_STATUS, SearchAttributeType.KEYWORD);
const MODEL = defineSearchAttributeKey(SEARCH_MODEL, SearchAttributeType.KEYWORD);

/** `Waiting`, or a status as the files spell it. */
export function updateSearchAttributes(run: TaskRun, status: string): void {
  if (!run.searchable) return;
  upsertSearchAttributes([
    { key: STATUS, value: status },
    { key: MODEL, value: run.record.model },
  ]);
}
