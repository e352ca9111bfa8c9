/** What a worker holds in memory: a thousand tasks that wait for a person, and the conversations of those that run. */
import { setTimeout as pause } from 'node:timers/promises';
import { MEMO_PHASE } from '../../src/domain/protocol.js';
import { until } from '../support/until.js';
import { runCell } from './cells.js';
import { seenBy } from './children.js';
import type { Section } from './figures.js';
import { memoryOfAll } from './machine.js';
import { type Common, openStage, type Stage } from './stage.js';

const TASKS = 1_000;
const SETTLE_MS = 10_000;
const LATER_MS = 60_000;

export async function memory(common: Common): Promise<Section[]> {
  const waiting: number[] = [];
  const later: number[] = [];
  const empty: number[] = [];
  const rate: number[] = [];
  const held: number[] = [];
  for (let round = 0; round < common.rounds; round++) {
    const stage = await openStage({ ...common, peer: 'rookery', flags: 'ours' });
    try {
      const busy = { iterations: 20, delayMs: 0, tool: 'read', tasks: 60, atOnce: 20 } as const;
      await runCell(stage, busy);
      const seen = await seenBy(stage.worker);
      rate.push((seen.found * 100) / seen.asked);
      held.push(seen.held / 2 ** 20);
    } finally {
      await stage.close();
    }
    const fresh = await openStage({ ...common, peer: 'rookery', flags: 'ours' });
    try {
      empty.push(memoryOfAll(fresh.worker.pid));
      await waitForPersons(fresh);
      await pause(SETTLE_MS);
      waiting.push(memoryOfAll(fresh.worker.pid));
      // They wait for hours: what is left of their start is swept up by then.
      await pause(LATER_MS);
      later.push(memoryOfAll(fresh.worker.pid));
      common.announce(`round ${round + 1}, memory: ${waiting.at(-1)?.toFixed(0)} and ${later.at(-1)?.toFixed(0)} MB`);
    } finally {
      await fresh.close();
    }
  }
  return [
    {
      title: 'Memory of one worker',
      figures: [
        {
          name: `${TASKS} tasks that wait for a person, after 10 s`,
          unit: 'MB',
          values: waiting,
          target: { most: 300 },
        },
        { name: 'the same, a minute later', unit: 'MB', values: later, target: { most: 300 } },
        { name: 'the same worker before the first task', unit: 'MB', values: empty, target: { most: 150 } },
        { name: 'conversations found in the cache, 20 tasks at once', unit: '%', values: rate },
        { name: 'the cache after the last of them', unit: 'MB', values: held, note: 'at most 256' },
      ],
    },
  ];
}

// ---

/** The model refuses their key, so each asks once and waits. */
async function waitForPersons(stage: Stage): Promise<void> {
  for (let n = 0; n < TASKS; n += 50) {
    await Promise.all(
      Array.from({ length: 50 }, () => stage.start({ iterations: 1, delayMs: 0, tool: 'read', refused: true })),
    );
  }
  const all = async (): Promise<boolean> => {
    let found = 0;
    for await (const { memo } of stage.client.workflow.list({ query: "ExecutionStatus = 'Running'" })) {
      if ((memo?.[MEMO_PHASE] as { phase?: string } | undefined)?.phase === 'waiting_person') found++;
    }
    return found === TASKS;
  };
  await until(all, { what: 'all of them wait', timeoutMs: 300_000 });
}
