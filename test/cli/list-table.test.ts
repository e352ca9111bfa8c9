/** What a row says of where its task comes from, and the sum of the last line. */
import { expect, test } from 'vitest';
import type { ListRow } from '../../src/cli/list-state.js';
import { listLines } from '../../src/cli/list-table.js';
import type { Lineage } from '../../src/domain/continues.js';
import type { Status } from '../../src/domain/task.js';
import { detailFromFiles } from '../../src/manager/status-object.js';

const NOW = new Date(2026, 10, 28, 9, 0).getTime();
const HOUR = 3_600_000;
const SOURCE = '3f2a91c4-0000-4000-8000-000000000000';

interface Row {
  readonly status: Status;
  /** Hours before now. */
  readonly created: number;
  readonly updated: number;
  readonly usd?: number;
  readonly from?: Lineage;
}

function row({ status, created, updated, usd = 0, from }: Row): ListRow {
  const at = (hours: number): string => new Date(NOW - hours * HOUR).toISOString();
  const cost = { usd, source: 'prices' as const, unpriced: 0 };
  const spent = { input_tokens: 1, output_tokens: 1, total_tokens: 2, cost };
  const wait = { phase: 'thinking', reason: null } as const;
  return {
    ...{ id: '0a1b2c3d-0000-4000-8000-000000000000', prompt: 'Count the files', status, outcome: '', iterations: 1 },
    ...{ created_at: at(created), updated_at: at(updated) },
    detail: detailFromFiles(status, { reason: null, host: 'here', spent, from, wait }),
  };
}

const linesOf = (...rows: Row[]): string[] =>
  listLines(rows.map(row), { width: 80, color: false, here: 'here', now: NOW });

test('work that was submitted yesterday and ended this morning is of today', () => {
  const lines = linesOf(
    { status: 'Completed', created: 20, updated: 3, usd: 1.5 },
    { status: 'Running', created: 2, updated: 1, usd: 0.25 },
    { status: 'Completed', created: 40, updated: 30, usd: 7 },
  );
  expect(lines.at(-1)).toBe('$1.75 for tasks active today');
});

test('a task that works says which other one it was made from; a later run of its own does not', () => {
  const from = { id: SOURCE, iteration: 2 };
  const working = { status: 'Running', created: 1, updated: 1 } as const;
  expect(linesOf({ ...working, from: { ...from, kind: 'fork' } })[2]).toContain('fork of 3f2a91c4: Count the files');
  expect(linesOf({ ...working, from: { ...from, kind: 'rerun' } })[2]).toContain('rerun of 3f2a91c4: Count');
  expect(linesOf({ ...working, from: { ...from, kind: 'retry' } })[2]).toMatch(/h +Count the files/);
});
