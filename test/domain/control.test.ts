/** The content of the signals that control a task: what is taken over, and what is dropped. */
import { expect, test } from 'vitest';
import {
  MAX_MESSAGE_BYTES,
  raisedBy,
  toPauseMessage,
  toPersonMessage,
  toRaiseMessage,
  toWithdrawMessage,
} from '../../src/domain/control.js';
import { DEFAULT_LIMITS } from '../../src/domain/limits.js';
import { howToRaise, limitWarnings, reachedLimit } from '../../src/domain/reached-limit.js';
import { NO_USAGE } from '../../src/domain/task.js';

const signature = { scope: 'task', mac: 'a'.repeat(64) };

test('known fields are taken over, others dropped', () => {
  const message = { id: 'm', text: 'Hello.', mode: 'queue', run: 'r', signature };
  expect(toPersonMessage({ ...message, more: 1 })).toEqual(message);
  expect(toWithdrawMessage({ id: 'w', message: 'm', more: 1 })).toEqual({ id: 'w', message: 'm' });
  expect(toPauseMessage({ reason: 'lunch', more: 1 })).toEqual({ reason: 'lunch' });
  expect(toRaiseMessage({ id: 'r', limits: { max_iterations: 9, max_output_tokens: 1 } })).toEqual({
    id: 'r',
    limits: { max_iterations: 9 },
  });
});

test.each([
  [undefined],
  ['text'],
  [{ id: 'm' }],
  [{ id: 'm', text: ' ' }],
  [{ id: 'm', text: 'x', mode: 'shout' }],
  [{ id: 'm'.repeat(65), text: 'x' }],
  [{ id: 'm', text: 'é'.repeat(MAX_MESSAGE_BYTES / 2 + 1) }],
])('no message: %j', (raw) => {
  expect(toPersonMessage(raw)).toBeUndefined();
});

test.each([
  [{}],
  [{ max_iterations: 0 }],
  [{ max_iterations: 1.5 }],
  [{ max_iterations: null }],
  [{ max_iterations: 5, max_cost_usd: '9' }],
  [{ max_time_ms: Number.POSITIVE_INFINITY }],
])('no raise: %j', (limits) => {
  expect(toRaiseMessage({ id: 'r', limits })).toBeUndefined();
});

test('a pause has a reason of at most 2,000 characters, or none', () => {
  expect(toPauseMessage(undefined)).toEqual({});
  expect(toPauseMessage({ reason: 'x'.repeat(3_000) }).reason).toHaveLength(2_000);
});

test('only a value that is higher than that in force counts; no limit is the highest', () => {
  const limits = { ...DEFAULT_LIMITS, max_iterations: 10, max_time_ms: 1_000 };
  expect(raisedBy(limits, { max_iterations: 9, max_total_tokens: 2_000_000, max_time_ms: null })).toEqual({
    max_total_tokens: 2_000_000,
    max_time_ms: null,
  });
  expect(raisedBy(limits, { max_cost_usd: 5 })).toEqual({});
});

test('a limit is reached at its value, warned of once when four fifths are used, and says how it is raised', () => {
  const limits = { ...DEFAULT_LIMITS, max_iterations: 10, max_time_ms: 60_000 };
  const spent = (iterations: number, time = 0) => ({ iterations, time, usage: NO_USAGE });
  expect(reachedLimit(limits, spent(9))).toBeUndefined();
  expect(reachedLimit(limits, spent(10))).toMatchObject({ kind: 'iterations', limit: 10 });
  const warned = (from: number, to: number) =>
    limitWarnings(limits, { before: spent(from), now: spent(to) }).map(({ sentence }) => sentence);
  expect([warned(6, 7), warned(7, 8), warned(8, 9)]).toEqual([[], ['80 % of the iteration limit is used'], []]);
  const time = reachedLimit(limits, spent(0, 60_000));
  expect(time && howToRaise('t', time)).toBe(
    'Time limit of 60 s reached; `rookery raise t --max-time 120s` lets it continue, `rookery cancel t` ends it',
  );
});
