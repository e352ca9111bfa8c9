import { describe, expect, test } from 'vitest';
import { parseCount, parseDuration } from '../../src/config/duration.js';

describe('a duration', () => {
  test.each([
    ['90', 90_000],
    ['30s', 30_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['500ms', 500],
    ['1.5m', 90_000],
    [' 1s ', 1_000],
  ])('%j is %i ms', (text, millis) => {
    expect(parseDuration(text, '--timeout')).toBe(millis);
  });

  test.each(['', '0', '0s', '-1', '1e3', '1 s', '10x', 's', '1m30s', 'Infinity', 'NaN', '.5s', '1.', '0.0004s'])(
    '%j is none, and the error says how to write one',
    (text) => {
      expect(() => parseDuration(text, '--timeout')).toThrow(
        expect.objectContaining({ code: 'usage', hint: 'Write 90, 30s, 10m or 2h' }),
      );
    },
  );
});

describe('a count', () => {
  test.each([
    ['1', 1],
    [' 12 ', 12],
    ['007', 7],
  ])('%j is %i', (text, count) => {
    expect(parseCount(text, '--max')).toBe(count);
  });

  test.each(['', '0', '-1', '1.0', '1e3', '0x10', '9007199254740993', 'all'])('%j is none', (text) => {
    expect(() => parseCount(text, '--max')).toThrow(`--max takes a whole number above 0, not '${text}'`);
  });
});
