/** A task of 5,000 iterations: as quick at its end as when its conversation was full, in memory that does not grow. */
import { setTimeout as pause } from 'node:timers/promises';
import { conversationBudgetOf } from '../../src/domain/payloads.js';
import { eventsOf, runsOf } from '../support/history.js';
import { startModel } from './children.js';
import type { Section } from './figures.js';
import { memoryOfAll } from './machine.js';
import { type Common, openStage, type Stage } from './stage.js';
import { modelOf, PROMPT, type Work } from './work.js';

const WORK: Work = { iterations: 5_000, delayMs: 0, tool: 'read' };
const SPAN = 500;
/** From here on the conversation is at its limit: each iteration adds about 6 KiB. */
const FULL = Math.ceil(conversationBudgetOf({ prompt: PROMPT }).conversation / 6_144);

export async function endless(common: Common): Promise<Section[]> {
  const model = await startModel();
  const stage = await openStage({ ...common, modelUrl: model.url, peer: 'rookery', flags: 'ours' });
  const samples: { readonly at: number; readonly mb: number }[] = [];
  try {
    const handle = await stage.start(WORK);
    let running = true;
    const ended = handle.result().finally(() => {
      running = false;
    });
    while (running) {
      await Promise.race([ended, pause(5_000)]);
      const { length } = await model.times(modelOf(WORK));
      samples.push({ at: length, mb: memoryOfAll(stage.worker.pid) });
      if (samples.length % 12 === 0) common.announce(`endless: ${length} of ${WORK.iterations}`);
    }
    await ended;
    const times = await model.times(modelOf(WORK));
    const pace = (from: number): number => ((times[from + SPAN] ?? 0) - (times[from] ?? 0)) / SPAN;
    const last = WORK.iterations - SPAN - 1;
    const memory = (from: number, to: number): number =>
      Math.max(...samples.filter(({ at }) => at >= from && at < to).map(({ mb }) => mb));
    const half = WORK.iterations / 2;
    return [
      {
        title: `One task of ${WORK.iterations} iterations (4 KiB each, notices and new runs)`,
        figures: [
          ...(await failedAndLargest(stage, handle.workflowId)),
          { name: 'runs', unit: 'count', values: [(await runsOf(stage.client, handle.workflowId)).length] },
          { name: 'an iteration of the first 100', unit: 'ms', values: [((times[100] ?? 0) - (times[0] ?? 0)) / 100] },
          { name: `an iteration when the conversation is full (${FULL} and on)`, unit: 'ms', values: [pace(FULL)] },
          { name: 'an iteration at the end', unit: 'ms', values: [pace(last)] },
          {
            name: 'at the end / when the conversation is full',
            unit: 'ratio',
            values: [pace(last) / pace(FULL)],
            target: { most: 1.3 },
          },
          {
            name: 'most memory of the worker, second half / first half',
            unit: 'ratio',
            values: [memory(half, WORK.iterations + 1) / memory(FULL, half)],
            target: { most: 1.2 },
          },
          { name: 'most memory of the worker', unit: 'MB', values: [memory(0, WORK.iterations + 1)] },
        ],
      },
    ];
  } finally {
    await stage.close();
    await model.close();
  }
}

// ---

async function failedAndLargest({ client }: Stage, id: string) {
  let failed = 0;
  let largest = 0;
  for (const run of await runsOf(client, id)) {
    largest = Math.max(largest, (await client.workflow.getHandle(id, run).describe()).historySize ?? 0);
    for (const event of await eventsOf(client, id, run)) {
      if (event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes) failed++;
    }
  }
  return [
    { name: 'workflow tasks that failed', unit: 'count', values: [failed], target: { most: 0 } },
    { name: 'the largest run', unit: 'MB', values: [largest / 2 ** 20], target: { most: 8 } },
  ];
}
