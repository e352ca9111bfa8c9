/** What an iteration costs beside the raw floor and the official style: runs the cells in turn; step-figures.ts judges them. */
import { runCell } from './cells.js';
import { CELLS, CONTESTANTS, type Contestant, HALVED, LABELS, type Label } from './contestants.js';
import type { Section } from './figures.js';
import { atHalfSpeed } from './half.js';
import { type Common, openStage, type Stage } from './stage.js';
import { add, perIteration, type Results, type Speed, sectionsOf } from './step-figures.js';

/**
 * All peers stand side by side, each with a server of its own, and take turns cell by cell: the machine's speed drifts within
 * minutes, and a ratio is worth something only between neighbours.
 */
export async function steps(options: Common): Promise<Section[]> {
  const results: Results = new Map();
  for (let round = 0; round < options.rounds; round++) {
    const stages = new Map<string, Stage>();
    try {
      for (const { name, peer, flags, settings } of CONTESTANTS) {
        stages.set(name, await openStage({ ...options, peer, flags, ...(settings ? { settings } : {}) }));
      }
      for (const { name, cells } of CONTESTANTS) await warmUp(stages.get(name), cells);
      // The order turns with each round, so that none always comes first.
      const order = round % 2 === 0 ? CONTESTANTS : [...CONTESTANTS].reverse();
      for (const label of LABELS) {
        for (const speed of speedsOf(options, label)) {
          for (const contestant of order) {
            const stage = stages.get(contestant.name);
            if (stage) await turn(options, { contestant, label, speed, round, stage, results });
          }
        }
      }
    } finally {
      await Promise.all([...stages.values()].map((stage) => stage.close()));
    }
  }
  return sectionsOf(results, options.half);
}

// ---

function speedsOf({ half }: Common, label: Label): readonly Speed[] {
  return half && HALVED.includes(label) ? ['full', 'half'] : ['full'];
}

async function warmUp(stage: Stage | undefined, cells: Contestant['cells']): Promise<void> {
  for (const label of cells.slice(0, 2)) {
    if (stage) await runCell(stage, { ...CELLS[label], iterations: 10, tasks: 4, atOnce: 2 });
  }
}

interface Turn {
  readonly contestant: Contestant;
  readonly label: Label;
  readonly speed: Speed;
  readonly round: number;
  readonly stage: Stage;
  readonly results: Results;
}

async function turn(options: Common, { contestant, label, speed, round, stage, results }: Turn): Promise<void> {
  const { name, cells } = contestant;
  if (!cells.includes(label)) return;
  const run = () => runCell(stage, CELLS[label]);
  const pids = [stage.worker.pid, stage.server.pid, options.modelPid];
  const measured = speed === 'full' ? await run() : await atHalfSpeed(pids, run);
  add(results, { name, label, speed }, measured);
  const ms = perIteration(measured, CELLS[label]).toFixed(1);
  options.announce(
    `round ${round + 1}, ${label}, ${name}${speed === 'half' ? ', at half speed' : ''}: ${ms} ms an iteration`,
  );
}
