/** Who runs which cells when an iteration is measured: the product, the raw floor, what lies between, the official style. */
import type { Cell } from './cells.js';
import type { Flags } from './servers.js';
import type { Peer } from './stage.js';

/** As long as an agent's tasks are; what comes once a task counts for a twentieth of an iteration. */
export const K = 20;
const READ = { iterations: K, delayMs: 0, tool: 'read' } as const;

export const CELLS = {
  alone: { ...READ, tasks: 6, atOnce: 1 },
  short: { ...READ, iterations: 10, tasks: 6, atOnce: 1 },
  long: { ...READ, iterations: 80, tasks: 1, atOnce: 1 },
  unsafe: { ...READ, tool: 'unsafe', tasks: 3, atOnce: 1 },
  eight: { ...READ, tasks: 24, atOnce: 8 },
  fifty: { ...READ, tasks: 50, atOnce: 50 },
  slow: { iterations: 6, delayMs: 500, tool: 'read', tasks: 16, atOnce: 16 },
} as const satisfies Readonly<Record<string, Cell>>;

export type Label = keyof typeof CELLS;
/** In which they take turns. */
export const LABELS = Object.keys(CELLS) as Label[];
/** Those that are run at half of the machine's speed too. */
export const HALVED: readonly Label[] = ['alone', 'short', 'eight'];

export interface Contestant {
  readonly name: string;
  readonly peer: Peer;
  readonly flags: Flags;
  readonly cells: readonly Label[];
  /** Of the plugin. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export const ROOKERY = 'rookery';
export const CONFINED = 'rookery, in the sandbox';
export const BARE = 'bare';
export const BARE_TWO = 'bare, two activities';
export const WITH_ADAPTER = 'bare with our adapter';
export const OFFICIAL_OURS = 'official style on our flags';
export const OFFICIAL_DEFAULTS = 'official style on default flags';

export const CONTESTANTS: readonly Contestant[] = [
  {
    name: ROOKERY,
    peer: 'rookery',
    flags: 'ours',
    cells: LABELS,
    // The bare workflow has none either.
    settings: { sandbox: 'off' },
  },
  { name: CONFINED, peer: 'rookery', flags: 'ours', cells: ['unsafe'] },
  { name: BARE, peer: 'bare', flags: 'ours', cells: ['alone', 'short', 'long', 'eight', 'fifty', 'slow'] },
  { name: WITH_ADAPTER, peer: 'bareWithAdapter', flags: 'ours', cells: ['alone', 'eight', 'fifty'] },
  { name: BARE_TWO, peer: 'bareTwo', flags: 'ours', cells: ['unsafe'] },
  { name: OFFICIAL_OURS, peer: 'official', flags: 'ours', cells: ['alone', 'short', 'long'] },
  { name: OFFICIAL_DEFAULTS, peer: 'official', flags: 'defaults', cells: ['alone', 'short', 'long'] },
];
