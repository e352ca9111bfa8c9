/** A task of 5,000 iterations: as quick at its end as when its conversation was full, in memory that does not grow. */
import { setTimeout as pause } from 'node:timers/promises';
import { conversationBudgetOf } from '../../src/domain/payloads.js';
import { eventsOf, runsOf } from '../support/history.js';
import { startModel } from './children.js';
import type { Figure, Section } from './figures.js';
import { cpuOf, memoryOfAll } from './machine.js';
import { type Common, openStage, type Stage } from './stage.js';
import { modelOf, PROMPT, type Work } from './work.js';

const ITERATIONS = 5_000;
const SPAN = 500;
/** From here on the conversation is at its limit: each iteration adds about 6 KiB. */
const FULL = Math.ceil(conversationBudgetOf({ prompt: PROMPT }).conversation / 6_144);
/** As quick, and as large, as when the conversation was full: what is more is noise of the machine. */
const FLAT = { most: 1.1 };

interface Sample {
  /** Requests so far. */
  readonly at: number;
  readonly mb: number;
  /** CPU milliseconds so far. */
  readonly worker: number;
  readonly server: number;
}

/** `iterations`: at least twice what fills the conversation. */
export async function endless(common: Common, iterations = ITERATIONS): Promise<Section[]> {
  const work: Work = { iterations, delayMs: 0, tool: 'read' };
  const model = await startModel();
  // Otherwise the model would be asked for summaries too, and its requests count the iterations.
  const settings = { compaction: 'notices' };
  const stage = await openStage({ ...common, modelUrl: model.url, peer: 'rookery', flags: 'ours', settings });
  const samples: Sample[] = [];
  try {
    const handle = await stage.start(work);
    let running = true;
    const ended = handle.result().finally(() => {
      running = false;
    });
    while (running) {
      await Promise.race([ended, pause(2_000)]);
      const { length } = await model.times(modelOf(work));
      const { pid } = stage.worker;
      samples.push({ at: length, mb: memoryOfAll(pid), worker: cpuOf(pid), server: cpuOf(stage.server.pid) });
      if (samples.length % 30 === 0) common.announce(`endless: ${length} of ${iterations}`);
    }
    await ended;
    const times = await model.times(modelOf(work));
    return [
      {
        title: `One task of ${iterations} iterations (4 KiB each, notices and new runs)`,
        figures: [
          ...(await failedAndLargest(stage, handle.workflowId)),
          { name: 'runs', unit: 'count', values: [(await runsOf(stage.client, handle.workflowId)).length] },
          { name: 'an iteration of the first 100', unit: 'ms', values: [((times[100] ?? 0) - (times[0] ?? 0)) / 100] },
          ...paceOf(times, samples, iterations),
          ...memoryFigures(samples, iterations),
        ],
      },
    ];
  } finally {
    await stage.close();
    await model.close();
  }
}

// ---

/** By the clock, and in CPU, which says the same on a machine that is busy with other things. */
function paceOf(times: readonly number[], samples: readonly Sample[], iterations: number): Figure[] {
  const last = iterations - SPAN - 1;
  const pace = (from: number): number => ((times[from + SPAN] ?? 0) - (times[from] ?? 0)) / SPAN;
  const cpu = (of: 'worker' | 'server', from: number): number => {
    const [first, final] = [samples.find(({ at }) => at >= from), samples.findLast(({ at }) => at <= from + SPAN)];
    return first && final ? (final[of] - first[of]) / (final.at - first.at) : Number.NaN;
  };
  return [
    { name: `an iteration when the conversation is full (${FULL} and on)`, unit: 'ms', values: [pace(FULL)] },
    { name: 'an iteration at the end', unit: 'ms', values: [pace(last)] },
    { name: 'at the end / when full', unit: 'ratio', values: [pace(last) / pace(FULL)], target: FLAT },
    ...(['worker', 'server'] as const).flatMap((of): Figure[] => [
      { name: `CPU of the ${of} for an iteration when full`, unit: 'ms', values: [cpu(of, FULL)] },
      { name: `CPU of the ${of} for an iteration at the end`, unit: 'ms', values: [cpu(of, last)] },
      {
        name: `CPU of the ${of}, at the end / when full`,
        unit: 'ratio',
        values: [cpu(of, last) / cpu(of, FULL)],
        target: FLAT,
      },
    ]),
  ];
}

function memoryFigures(samples: readonly Sample[], iterations: number): Figure[] {
  const half = iterations / 2;
  const most = (from: number, to: number): number =>
    Math.max(...samples.filter(({ at }) => at >= from && at <= to).map(({ mb }) => mb));
  return [
    {
      name: 'most memory of the worker, second half / first half',
      unit: 'ratio',
      values: [most(half, iterations) / most(FULL, half)],
      target: FLAT,
    },
    { name: 'most memory of the worker', unit: 'MB', values: [most(0, iterations)] },
  ];
}

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
