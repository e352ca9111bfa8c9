/** How busy this process has been lately. */
import { expect, test } from 'vitest';
import { lately } from '../../activities/load.js';

test('a process that computes is busy, one that waits is not, and what was long ago does not count', async () => {
  const busy = lately(20);
  const until = performance.now() + 60;
  while (performance.now() < until);
  // A turn of the loop ends what is counted.
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(busy()).toBeGreaterThan(0.5);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(busy()).toBeLessThan(0.5);
});
