/** Turns: one at a time, in order, as the process has time, and nobody is held up by one that hangs. */
import { expect, test } from 'vitest';
import { Turns } from '../../activities/turns.js';
import { until } from '../support/until.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('one passes at a time, in the order in which they came, and each gets what its work gives', async () => {
  const turns = new Turns(1_000);
  let inside = 0;
  let most = 0;
  const passed: number[] = [];
  const given = await Promise.all(
    [1, 2, 3, 4].map((n) =>
      turns.take(async () => {
        most = Math.max(most, ++inside);
        await pause(5);
        inside--;
        passed.push(n);
        return n;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(passed).toEqual([1, 2, 3, 4]);
  expect(given).toEqual([1, 2, 3, 4]);
});

test('after each it rests for three times as long where the process is busy, and hardly where it is idle', async () => {
  const restAfter = async (work: () => Promise<void>): Promise<number> => {
    const turns = new Turns(1_000);
    await turns.take(work);
    const ended = performance.now();
    return turns.take(async () => performance.now() - ended);
  };
  const busy = await restAfter(async () => {
    const begun = performance.now();
    while (performance.now() - begun < 40);
  });
  expect(busy).toBeGreaterThan(100);
  expect(await restAfter(() => pause(40))).toBeLessThan(40);
});

test('one that hangs holds the next one up for its turn and no longer, and one that throws not at all', async () => {
  const turns = new Turns(50);
  let passed = false;
  void turns.take(() => new Promise(() => undefined));
  void turns.take(async () => {
    passed = true;
  });
  await until(() => passed, { what: 'the next one has passed' });
  await expect(turns.take(() => Promise.reject(new Error('as it is')))).rejects.toThrow('as it is');
  expect(await turns.take(async () => 'in')).toBe('in');
});
