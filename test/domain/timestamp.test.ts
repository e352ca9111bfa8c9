import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { after, microsOfMillis, microsOfStamp, timestampOf } from '../../src/domain/timestamp.js';
import { SEEDS } from '../support/random.js';

const SECOND = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000;
/** From 1970 to 2300: a double holds each of its microseconds. */
const moments = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) * 1000 });

describe('a stamp', () => {
  test.each([
    [0, '2026-01-02T03:04:05+00:00'],
    [250_000, '2026-01-02T03:04:05.250+00:00'],
    [1_000, '2026-01-02T03:04:05.001+00:00'],
    [1, '2026-01-02T03:04:05.000001+00:00'],
    [120_340, '2026-01-02T03:04:05.120340+00:00'],
    [999_999, '2026-01-02T03:04:05.999999+00:00'],
  ])('of a second and %i µs has the fewest of 0, 3 and 6 digits', (micros, stamp) => {
    expect(timestampOf(SECOND + micros)).toBe(stamp);
    expect(microsOfStamp(stamp)).toBe(SECOND + micros);
  });

  test.each([
    ['2026-01-02T03:04:05.000001999+00:00', SECOND + 1],
    ['2026-01-02T03:04:05Z', SECOND],
    ['2026-01-02T05:04:05.5+02:00', SECOND + 500_000],
  ])('of another program is read: %s', (stamp, micros) => {
    expect(microsOfStamp(stamp)).toBe(micros);
  });

  test.each(['', 'last Tuesday', '2026-01-02', '2026-13-02T03:04:05Z', '2026-01-02T03:04:05', '2026-01-02 03:04:05Z'])(
    '%j is no moment',
    (text) => {
      expect(microsOfStamp(text)).toBeUndefined();
    },
  );

  test.each(SEEDS)('keeps its moment, and text order is time order (seed %i)', (seed) => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 0, max: 2_000_000 }), (micros, more) => {
        expect(microsOfStamp(timestampOf(micros))).toBe(micros);
        expect(timestampOf(micros) < timestampOf(micros + more)).toBe(more > 0);
      }),
      { seed },
    );
  });
});

test('a later stamp is later whatever the clock says', () => {
  expect(after(10, 5)).toBe(11);
  expect(after(10, 10)).toBe(11);
  expect(after(10, 12)).toBe(12);
});

test('milliseconds with a fraction keep their microseconds', () => {
  expect(microsOfMillis(1.0005)).toBe(1001);
  expect(microsOfMillis(SECOND / 1000 + 0.123)).toBe(SECOND + 123);
});
