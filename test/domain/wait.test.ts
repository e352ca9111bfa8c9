import { describe, expect, test } from 'vitest';
import { FIXED } from '../../src/domain/limits.js';
import {
  nextTryIn,
  pauseOf,
  sentenceOfWait,
  type Wait,
  waitAfterErrors,
  waitForPersonAfter,
  waitOf,
} from '../../src/domain/wait.js';

const NOW = Date.UTC(2026, 10, 27, 8, 0, 0);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const person: Wait = { phase: 'waiting_person', reason: 'why' };

describe('after an error of the provider', () => {
  const usual = { now: NOW, tooLong: false, before: null };

  test('the task tries again at once, or when the provider said', () => {
    expect(waitAfterErrors({ reason: 'why' }, usual)).toBeNull();
    expect(waitAfterErrors({ reason: 'why', retryAt: NOW }, usual)).toBeNull();
    const until = NOW + 2 * HOUR;
    expect(waitAfterErrors({ reason: 'why', retryAt: until }, usual)).toEqual({
      phase: 'retrying',
      reason: 'why',
      until,
    });
  });

  test('after too many, or while a person is needed already, it waits for a person', () => {
    const soon = { reason: 'why', retryAt: NOW + 60_000 };
    expect(waitAfterErrors(soon, { ...usual, tooLong: true })).toEqual(person);
    expect(waitAfterErrors(soon, { ...usual, before: { ...person, reason: 'before' } })).toEqual(person);
    expect(waitAfterErrors(soon, { ...usual, before: { phase: 'retrying', reason: 'b' } })?.phase).toBe('retrying');
  });

  test('a time that the provider named is not tried before, also while a person is needed', () => {
    const until = NOW + HOUR;
    expect(waitAfterErrors({ reason: 'why', retryAt: until }, { ...usual, tooLong: true })).toEqual({
      ...person,
      until,
    });
  });
});

test('a person is waited for in steps of 15 minutes, or until the date that the provider named, at most a day', () => {
  expect(pauseOf(waitForPersonAfter({ reason: 'why' }, NOW), NOW)).toBe(FIXED.retryWaitMs);
  expect(pauseOf(waitForPersonAfter({ reason: 'why', retryAt: NOW + HOUR }, NOW), NOW)).toBe(HOUR);
  expect(pauseOf(waitForPersonAfter({ reason: 'why', retryAt: NOW + 9 * DAY }, NOW), NOW)).toBe(DAY);
});

test('a time that is over: the provider is asked at once, a person in the usual steps', () => {
  expect(pauseOf({ phase: 'retrying', reason: 'why', until: NOW - 1 }, NOW)).toBe(0);
  expect(pauseOf({ ...person, until: NOW - 1 }, NOW)).toBe(FIXED.retryWaitMs);
});

test('the sentence names the time in UTC', () => {
  expect(sentenceOfWait(person)).toBe('why');
  expect(sentenceOfWait({ phase: 'retrying', reason: 'why', until: NOW + 2 * HOUR })).toBe(
    'why; next try at 2026-11-27T10:00:00Z',
  );
});

test('the time is read from the sentence again, and only from the end of it', () => {
  const wait: Wait = { phase: 'retrying', reason: 'says; next try at noonZ', until: NOW };
  expect(nextTryIn(sentenceOfWait(wait))).toBe('2026-11-27T08:00:00Z');
  for (const none of [null, 'why', 'why; next try at 2026-11-27T08:00:00Z, perhaps']) {
    expect(nextTryIn(none)).toBeUndefined();
  }
});

test('a run of an earlier version carried the reason alone', () => {
  expect(waitOf('why')).toEqual(person);
  expect(waitOf(undefined)).toBeNull();
  expect(waitOf({ ...person, until: NOW })).toEqual({ ...person, until: NOW });
});
