/** How busy this process has been lately. */
import { expect, test } from 'vitest';
import { loadDelayFactor, recentUtilization } from '../../activities/background-mirror.js';
import { until } from '../support/until.js';

test('a process that computes is busy, one that waits is not, and what was long ago does not count', async () => {
  const busy = recentUtilization(20);
  const isBusy = async (): Promise<boolean> => {
    const computed = performance.now() + 60;
    while (performance.now() < computed);
    // A turn of the loop ends what is counted; another process may have had the processor meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 1));
    return busy() > 0.5;
  };
  await until(isBusy, { what: 'the computing is seen' });
  await until(() => busy() < 0.5, { what: 'the busy time is forgotten' });
});

test('what can wait waits longer only where more than half of the time is taken, and at most sixteen times as long', () => {
  const at = (busy: number) => loadDelayFactor(() => busy)();
  expect([0, 0.5, 0.75, 0.9].map(at).map((times) => Math.round(times * 10) / 10)).toEqual([1, 1, 3, 9]);
  expect([0.99, 1].map(at)).toEqual([16, 16]);
});
