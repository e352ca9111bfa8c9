/** Which tasks a list shows: the options of `rookery list`, checked, and applied. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { parseCount, parseDuration } from '../config/duration.js';
import { RookeryError } from '../domain/errors.js';
import { STATUSES } from '../domain/task.js';
import { isWithin } from '../files/paths.js';
import { filterWordsOf, LIST_GROUPS, type ListRow, STATE_WORDS } from './list-state.js';
import type { VerbOptions } from './session.js';

const WORDS: readonly string[] = [
  ...new Set([...STATUSES.map((status) => status.toLowerCase()), ...LIST_GROUPS, ...STATE_WORDS]),
];

export const FILTER_OPTIONS: readonly Option[] = [
  new Option('--status <status>', `only these: ${WORDS.join(', ')}`),
  new Option('--needs-you', 'only those that wait for a person'),
  new Option('--group <name>', 'only those of this group'),
  new Option('--since <time>', 'only those that have changed since: a duration (12h, 2d) or a date'),
  new Option('--workspace [dir]', 'only those that work there or in a directory of it (default: the current one)'),
  new Option('--limit <n>', 'the newest n of them'),
];

export interface ListFilter {
  readonly matches: (task: ListRow) => boolean;
  readonly limit: number;
}

/** Throws `usage`. */
export function filterOf(options: VerbOptions, now = Date.now()): ListFilter {
  const { status, needsYou, group, since, workspace, limit } = options as VerbOptions & FilterOptions;
  const words = [...(status === undefined ? [] : [statusWord(status)]), ...(needsYou ? ['needs-you'] : [])];
  const root = workspace === undefined ? undefined : directoryOf(workspace);
  const earliest = since === undefined ? undefined : new Date(timeOf(since, now)).getTime();
  return {
    limit: limit === undefined ? Number.POSITIVE_INFINITY : parseCount(limit, '--limit'),
    matches(task) {
      const { detail, created_at, updated_at } = task;
      if (words.length > 0) {
        const own = filterWordsOf(task);
        if (!words.every((word) => own.includes(word))) return false;
      }
      if (group !== undefined && detail.group !== group) return false;
      if (root !== undefined && (detail.workspace === null || !isWithin(root, detail.workspace))) return false;
      return earliest === undefined || Date.parse(updated_at ?? created_at) >= earliest;
    },
  };
}

// ---

interface FilterOptions {
  readonly status?: string;
  readonly needsYou?: boolean;
  readonly group?: string;
  readonly since?: string;
  /** True: without a directory. */
  readonly workspace?: string | true;
  readonly limit?: string;
}

/** In any case, with a space or a hyphen. */
function statusWord(text: string): string {
  const word = WORDS.find((one) => one === text.toLowerCase().replace(' ', '-'));
  if (word) return word;
  throw new RookeryError('usage', `There is no status '${text}'`, { hint: `Statuses: ${WORDS.join(', ')}` });
}

function directoryOf(given: string | true): string {
  const path = resolve(given === true ? '.' : given);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new RookeryError('usage', `The workspace ${path} is not a directory`, {
    hint: 'Give a directory with --workspace',
  });
}

/** A date without a time is that day here, from its start. */
function timeOf(text: string, now: number): number {
  if (/^\d+(\.\d+)?[a-z]*$/i.test(text)) return now - parseDuration(text, '--since');
  const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text);
  if (Number.isFinite(time)) return time;
  throw new RookeryError('usage', `--since takes a duration or a date, not '${text}'`, {
    hint: 'Write 12h, 2d or 2026-11-27',
  });
}
