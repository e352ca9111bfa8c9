/** How long the activity of a command may take: as long as the longest command of its task, and what a user has set. */
import { expect, test } from 'vitest';
import { commandTimesOf } from '../../workflows/activity-options.js';

const MINUTE = 60_000;

test('the longest command of the task fits, with a margin, and a short limit changes nothing', () => {
  const times = commandTimesOf({});
  expect(times(40 * MINUTE)).toEqual({ startToCloseTimeout: 45 * MINUTE });
  expect(times(MINUTE)).toEqual({ startToCloseTimeout: 10 * MINUTE });
});

test('the time that a user has set stays', () => {
  const activities = { unsafeTool: { startToCloseTimeout: '3 minutes' } } as const;
  expect(commandTimesOf({ activities })(40 * MINUTE)).toEqual({});
});
