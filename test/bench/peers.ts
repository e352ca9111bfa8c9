/**
 * `--peers`: the systems outside Temporal with the same work, beside the product, the raw floor and the official style. Those
 * that cannot be installed or started are named with the reason.
 */
import { type Cell, type Measured, runCell, type Subject, storedOf } from './cells.js';
import { median, type Section } from './figures.js';
import { peersSections, type Series } from './peer-figures.js';
import { openSystem } from './peers/system-stage.js';
import { SYSTEMS } from './peers/systems.js';
import { type Common, openStage, type StageOptions } from './stage.js';

const READ = { delayMs: 0, tool: 'read' } as const;
const CELLS: readonly Cell[] = [
  { ...READ, iterations: 10, tasks: 5, atOnce: 1 },
  { ...READ, iterations: 20, tasks: 3, atOnce: 1 },
  { ...READ, iterations: 10, tasks: 24, atOnce: 8 },
  { ...READ, iterations: 20, tasks: 16, atOnce: 8 },
];
const LENGTHS = [5, 10, 20, 40] as const;

/** One of them at work, by the name that the table has for it. */
interface Peer extends Subject {
  stored(id: string): Promise<number>;
  close(): Promise<void>;
}

type Open = (options: Common) => Promise<Peer>;

const OURS = { settings: { sandbox: 'off' } };
const PEERS: Readonly<Record<string, Open>> = {
  rookery: temporal({ peer: 'rookery', flags: 'ours', ...OURS }),
  bare: temporal({ peer: 'bare', flags: 'ours' }),
  'official style on our flags': temporal({ peer: 'official', flags: 'ours' }),
  'official style on default flags': temporal({ peer: 'official', flags: 'defaults' }),
  ...Object.fromEntries(
    Object.entries(SYSTEMS).map(([name, system]): [string, Open] => [
      system.name,
      (options) => openSystem(name as keyof typeof SYSTEMS, options),
    ]),
  ),
};

/** They stand side by side and take turns cell by cell, as in the other parts; each round with fresh servers and stores. */
export async function peers(options: Common): Promise<Section[]> {
  const series = new Map<string, Series>();
  const skipped = new Map<string, string>();
  for (let round = 0; round < options.rounds; round++) {
    const open = new Map<string, Peer>();
    try {
      for (const [name, start] of Object.entries(PEERS)) {
        if (skipped.has(name)) continue;
        try {
          open.set(name, await start(options));
          if (!series.has(name)) series.set(name, { cells: CELLS.map(() => []), stored: LENGTHS.map(() => []) });
        } catch (error) {
          skipped.set(name, (error as Error).message);
        }
      }
      await takeTurns(options, { open, series, round });
    } finally {
      await Promise.all([...open.values()].map((peer) => peer.close()));
    }
  }
  return peersSections({ series, skipped, cells: CELLS, lengths: LENGTHS });
}

// ---

function temporal(stage: Pick<StageOptions, 'peer' | 'flags' | 'settings'>): Open {
  return async (options) => {
    const opened = await openStage({ ...options, ...stage });
    return { ...opened, stored: async (id) => (await storedOf(opened, id)).bytes };
  };
}

interface Turns {
  readonly open: ReadonlyMap<string, Peer>;
  readonly series: ReadonlyMap<string, Series>;
  readonly round: number;
}

async function takeTurns(options: Common, { open, series, round }: Turns): Promise<void> {
  const order = round % 2 === 0 ? [...open] : [...open].reverse();
  for (const [, peer] of order) await runCell(peer, { ...READ, iterations: 10, tasks: 4, atOnce: 2 });
  for (const [at, cell] of CELLS.entries()) {
    for (const [name, peer] of order) {
      const measured: Measured = await runCell(peer, cell);
      series.get(name)?.cells[at]?.push(measured);
      const ms = (median(measured.each) / cell.iterations).toFixed(1);
      options.announce(
        `round ${round + 1}, ${cell.iterations} iterations, ${cell.atOnce} at once, ${name}: ${ms} ms each`,
      );
    }
  }
  for (const [at, iterations] of LENGTHS.entries()) {
    for (const [name, peer] of order) {
      series.get(name)?.stored[at]?.push(await peer.stored(await peer.run({ ...READ, iterations })));
    }
  }
}
