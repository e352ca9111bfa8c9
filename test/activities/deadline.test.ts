/** A time limit that can be taken back. */
import { expect, test } from 'vitest';
import { deadline } from '../../activities/deadline.js';
import { until } from '../support/until.js';

test('it aborts when its time is up, and says that it was the time', async () => {
  const late = deadline(20, new AbortController().signal);
  expect(late.signal.aborted).toBe(false);
  await until(() => late.signal.aborted, { what: 'the time is up' });
  expect(late.passed).toBe(true);
});

test('it aborts with the other, also with one that has aborted before, for the same reason, and its time has not passed', () => {
  const other = new AbortController();
  const late = deadline(60_000, other.signal);
  other.abort('gone');
  const after = deadline(60_000, other.signal);
  for (const one of [late, after]) {
    expect(one.signal).toMatchObject({ aborted: true, reason: 'gone' });
    expect(one.passed).toBe(false);
    one.clear();
  }
});

test('what was taken back neither ends by time nor with the other', async () => {
  const other = new AbortController();
  const taken = deadline(5, other.signal);
  taken.clear();
  const next = deadline(30, new AbortController().signal);
  await until(() => next.passed, { what: 'more than its time has gone by' });
  other.abort();
  expect(taken.signal.aborted).toBe(false);
});
