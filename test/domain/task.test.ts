import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accept,
  amend,
  end,
  isTerminal,
  newRecord,
  STATUSES,
  statusOf,
  type TaskState,
} from '../../src/domain/task.js';
import { SEEDS } from '../support/random.js';

const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
const reply = { usage, provider: 'demo', model: 'm', finish: 'stop' } as const;
const ENDS: readonly TaskState[] = [
  { kind: 'completed' },
  { kind: 'failed', error: 'why' },
  { kind: 'cancelled', reason: 'asked' },
];

describe('a record', () => {
  test('begins running, with nothing done', () => {
    expect(newRecord(100, { provider: 'demo' })).toMatchObject({
      state: { kind: 'running' },
      iterations: 0,
      provider: 'demo',
      model: null,
      created_at: 100,
      updated_at: 100,
      version: 1,
    });
  });

  test('that was submitted before, or by a clock that is ahead, was updated later', () => {
    expect(newRecord(100, { created: 40 })).toMatchObject({ created_at: 40, updated_at: 100 });
    expect(newRecord(100, { created: 200 })).toMatchObject({ created_at: 200, updated_at: 201 });
  });

  test('counts accepted replies and their tokens, and names who gave the last', () => {
    const once = accept(newRecord(100, { provider: 'openai', model: 'first' }), 110, reply);
    const twice = accept(once, 120, { ...reply, model: 'second' });
    expect(twice).toMatchObject({ iterations: 2, provider: 'demo', model: 'second', version: 3 });
    expect(twice.usage).toEqual({ input_tokens: 6, output_tokens: 4, total_tokens: 10 });
  });

  test.each(ENDS.flatMap((first) => ENDS.map((second) => [first, second] as const)))(
    'that ended as %j stays so when it ends again as %j',
    (first, second) => {
      const ended = end(newRecord(100, {}), 110, first);
      expect(ended).toMatchObject({ state: first, updated_at: 110, version: 2 });
      expect(end(ended, 120, second)).toBe(ended);
    },
  );

  test.each(SEEDS)('grows in version and stamp with every change, whatever the clock says (seed %i)', (seed) => {
    const step = fc.tuple(fc.constantFrom('amend', 'accept', 'end'), fc.integer({ min: 0, max: 50 }), fc.nat(2));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let record = newRecord(20, {});
        for (const [kind, now, which] of steps) {
          const before = record;
          if (kind === 'amend') record = amend(record, now, {});
          else if (kind === 'accept') record = accept(record, now, reply);
          else record = end(record, now, ENDS[which] ?? { kind: 'completed' });
          if (record === before) continue;
          expect(record.updated_at).toBe(Math.max(now, before.updated_at + 1));
          expect(record.version).toBe(before.version + 1);
          expect(record.created_at).toBe(20);
        }
      }),
      { seed },
    );
  });
});

test('every state has its word in the files', () => {
  expect([{ kind: 'running' } as const, ...ENDS].map(statusOf)).toEqual([
    'Running',
    'Completed',
    'Failed',
    'Cancelled',
  ]);
  expect(STATUSES.filter(isTerminal)).toEqual(['Completed', 'Failed', 'Cancelled']);
});
