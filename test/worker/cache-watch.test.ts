/** A worker says when more tasks work than it keeps in memory: each step of the others costs three times as much. */
import { noopMetricMeter } from '@temporalio/common';
import { expect, test } from 'vitest';
import { watchWorkflowCache } from '../../src/worker/cache-watch.js';
import { createMetrics } from '../../src/worker/metrics.js';

function room(kept: number) {
  const lines: string[] = [];
  const metrics = createMetrics(() => noopMetricMeter);
  const watching = watchWorkflowCache({ cachedWorkflows: kept, metrics, announce: (line) => lines.push(line) });
  const work = (runs: number): void => {
    for (let run = 0; run < runs; run++) for (let n = 0; n < 3; n++) metrics.recordRun(`run ${run}`);
    watching.check();
  };
  return { lines, work, stop: () => watching.stop() };
}

test('says it once when tasks do not fit, and again when it has been otherwise', () => {
  const { lines, work, stop } = room(10);
  work(10);
  expect(lines).toEqual([]);
  work(11);
  work(12);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('11 tasks work here, and this worker keeps 10 of them in memory');
  work(3);
  work(11);
  expect(lines).toHaveLength(2);
  stop();
});

test('tasks that wait are not counted: only those with an activity since the last look', () => {
  const { lines, work, stop } = room(10);
  work(8);
  work(0);
  work(8);
  expect(lines).toEqual([]);
  stop();
});
