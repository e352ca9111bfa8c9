/**
 * Search attributes of a task. Set only after a worker has reported that they are registered: an unregistered one blocks
 * the workflow for ever. What one write can say it says: each is an event.
 */
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type SearchAttributeUpdatePair,
  type TypedSearchAttributes,
} from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../src/domain/search.js';
import type { TaskRun } from './task-state.js';

const STATUS = defineSearchAttributeKey(SEARCH_ATTRIBUTES.status.name, SearchAttributeType.KEYWORD);
const MODEL = defineSearchAttributeKey(SEARCH_ATTRIBUTES.model.name, SearchAttributeType.KEYWORD);
const NAME = defineSearchAttributeKey(SEARCH_ATTRIBUTES.name.name, SearchAttributeType.KEYWORD);
const GROUP = defineSearchAttributeKey(SEARCH_ATTRIBUTES.group.name, SearchAttributeType.KEYWORD);
const NEEDS_YOU = defineSearchAttributeKey(SEARCH_ATTRIBUTES.needs_you.name, SearchAttributeType.KEYWORD);
const COST = defineSearchAttributeKey(SEARCH_ATTRIBUTES.cost.name, SearchAttributeType.DOUBLE);

/** `Waiting`, or a status as the files spell it. */
export function updateSearchAttributes(run: TaskRun, status: string): void {
  if (!run.searchable) return;
  const { model } = run.record;
  const known = workflowInfo().typedSearchAttributes;
  const isNew = model !== null && known.get(MODEL) !== model;
  upsertSearchAttributes([
    { key: STATUS, value: status },
    ...(isNew ? [{ key: MODEL, value: model }] : []),
    ...othersOf(run, status, known),
  ]);
}

// ---

/** Those that not every worker knows; each value is in history again with each write, so only what has changed. */
function othersOf(run: TaskRun, status: string, known: TypedSearchAttributes): SearchAttributeUpdatePair[] {
  const { searches, input, phase, record } = run;
  const { cost } = record.usage;
  const need = status === 'Waiting' ? phase.replace('waiting_', '') : null;
  const keywords = [
    { as: 'name', key: NAME, value: input.name ?? null },
    { as: 'group', key: GROUP, value: input.group ?? null },
    { as: 'needs_you', key: NEEDS_YOU, value: need },
  ] as const;
  const usd = cost?.source ? cost.usd : null;
  return [
    ...keywords
      .filter(({ as, key, value }) => searches.has(as) && (known.get(key) ?? null) !== value)
      .map(({ key, value }) => ({ key, value })),
    ...(searches.has('cost') && (known.get(COST) ?? null) !== usd ? [{ key: COST, value: usd }] : []),
  ];
}
