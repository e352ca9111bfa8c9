/**
 * Search attributes of a task. Set only after an iteration has reported that they are registered: an unregistered one
 * blocks the workflow for ever.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { SEARCH_MODEL, SEARCH_STATUS } from '../src/domain/protocol.js';
import type { TaskRun } from './task-state.js';

const STATUS = defineSearchAttributeKey(SEARCH_STATUS, SearchAttributeType.KEYWORD);
const MODEL = defineSearchAttributeKey(SEARCH_MODEL, SearchAttributeType.KEYWORD);

/** `Waiting`, or a status as the files spell it. */
export function updateSearchAttributes(run: TaskRun, status: string): void {
  if (!run.searchable) return;
  const { model } = run.record;
  // Each value is in history again with each write.
  const known = workflowInfo().typedSearchAttributes.get(MODEL) === model;
  upsertSearchAttributes([{ key: STATUS, value: status }, ...(known ? [] : [{ key: MODEL, value: model }])]);
}
