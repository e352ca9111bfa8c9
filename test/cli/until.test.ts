/** When a wait ends is said as people say it, in the time of this place. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { untilText } from '../../src/cli/until.js';
import { NO_EXPIRY } from '../../src/domain/expiry.js';

const before = process.env.TZ;
beforeEach(() => {
  process.env.TZ = 'America/New_York';
});
afterEach(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

const now = Date.parse('2026-11-27T14:12:00Z');
const HOUR = 3_600_000;

test.each([
  [24 * HOUR, 'until Sat 09:12'],
  [10 * 60_000, 'until Fri 09:22'],
  [15 * HOUR, 'until Sat 00:12'],
  [10 * 24 * HOUR, 'until Mon 7 Dec 09:12'],
  [300 * 24 * HOUR, 'until Thu 23 Sept 2027 10:12'],
  [0, 'its time is over'],
])('%i ms from now', (millis, text) => {
  expect(untilText(now + millis, now)).toBe(text);
});

test('without a time limit', () => {
  expect(untilText(NO_EXPIRY, now)).toBe('no time limit');
});
