/** The figures of what an iteration costs, from the cells that were run: time, CPU of worker and server, throughput. */
import type { Cell, Measured } from './cells.js';
import {
  BARE,
  BARE_TWO,
  CELLS,
  CONFINED,
  CONTESTANTS,
  HALVED,
  K,
  type Label,
  OFFICIAL_DEFAULTS,
  OFFICIAL_OURS,
  ROOKERY,
  WITH_ADAPTER,
} from './contestants.js';
import { type Figure, median, ratios, type Section } from './figures.js';
import { HALF } from './half.js';

export type Speed = 'full' | 'half';

export interface Key {
  readonly name: string;
  readonly label: Label;
  readonly speed: Speed;
}

/** By contestant, cell and speed, one a round. */
export type Results = Map<string, Measured[]>;

export function add(results: Results, key: Key, measured: Measured): void {
  results.set(textOf(key), [...(results.get(textOf(key)) ?? []), measured]);
}

export function perIteration({ each }: Measured, { iterations }: Cell): number {
  return median(each) / iterations;
}

export function sectionsOf(results: Results, half: boolean): Section[] {
  const full = viewOf(results, 'full');
  return [
    { title: `${ALONE_TITLE}: time`, figures: [...ALONE.flatMap((label) => time(full, label)), ...unsafe(full)] },
    {
      title: 'CPU of an iteration, worker and server',
      figures: [...ALONE, 'eight' as const, 'fifty' as const].flatMap((label) => cpu(full, label)),
    },
    { title: 'Many tasks at once', figures: [...rates(full, 'eight'), ...rates(full, 'fifty'), ...slow(full)] },
    ...(half ? [halved(full, viewOf(results, 'half'))] : []),
  ];
}

// ---

const ALONE_TITLE =
  'An iteration, one task at a time: a reply of 2 KiB, a file of 4 KiB, a model of 0 ms, the files written';
const ALONE = ['alone', 'short', 'long'] as const;
/** Of the raw floor: what our own layers may cost. */
const MOST = { most: 1.4 };
const LEAST = { least: 0.8 };
const AIMED: readonly Label[] = ['alone', 'eight', 'fifty'];

/** One value a round of a contestant's cell; none where it has no such cell. */
interface View {
  ms(name: string, label: Label): number[];
  rate(name: string, label: Label): number[];
  worker(name: string, label: Label): number[];
  server(name: string, label: Label): number[];
}

function viewOf(results: Results, speed: Speed): View {
  const of =
    (value: (measured: Measured, cell: Cell) => number) =>
    (name: string, label: Label): number[] =>
      (results.get(textOf({ name, label, speed })) ?? []).map((one) => value(one, CELLS[label]));
  const each = (total: number, { tasks, iterations }: Cell): number => total / tasks / iterations;
  return {
    ms: of(perIteration),
    rate: of(({ wall }, { tasks }) => (tasks * 1_000) / wall),
    worker: of(({ worker }, cell) => each(worker, cell)),
    server: of(({ server }, cell) => each(server, cell)),
  };
}

function textOf({ name, label, speed }: Key): string {
  return `${name}/${label}/${speed}`;
}

function namesOf(label: Label): string[] {
  return CONTESTANTS.filter(({ cells }) => cells.includes(label)).map(({ name }) => name);
}

function where(label: Label): string {
  const { iterations, atOnce } = CELLS[label];
  return atOnce === 1 ? `${iterations} iterations` : `${atOnce} at once`;
}

function ratio(name: string, values: number[], target?: Figure['target']): Figure {
  return { name, unit: 'ratio', values, ...(target ? { target } : {}) };
}

function time({ ms }: View, label: Label): Figure[] {
  const [at, ours] = [where(label), ms(ROOKERY, label)];
  const adapter = namesOf(label).includes(WITH_ADAPTER);
  return [
    ...namesOf(label).map((name): Figure => ({ name: `${at}: ${name}`, unit: 'ms', values: ms(name, label) })),
    ratio(`${at}: rookery / bare`, ratios(ours, ms(BARE, label)), AIMED.includes(label) ? MOST : undefined),
    ...(adapter ? [ratio(`${at}: ${WITH_ADAPTER} / bare`, ratios(ms(WITH_ADAPTER, label), ms(BARE, label)))] : []),
    ...[OFFICIAL_DEFAULTS, OFFICIAL_OURS].map((name) =>
      ratio(`${at}: ${name} / rookery`, ratios(ms(name, label), ours)),
    ),
  ];
}

function unsafe({ ms }: View): Figure[] {
  const of = (name: string): Figure => ({
    name: `${K} iterations with an unsafe tool: ${name}`,
    unit: 'ms',
    values: ms(name, 'unsafe'),
  });
  const both = ratios(ms(ROOKERY, 'unsafe'), ms(BARE_TWO, 'unsafe'));
  return [of(ROOKERY), of(CONFINED), of(BARE_TWO), ratio(`unsafe tool: rookery / ${BARE_TWO}`, both, MOST)];
}

function cpu(view: View, label: Label): Figure[] {
  const at = where(label);
  const total = (name: string): number[] =>
    view.worker(name, label).map((ms, round) => ms + (view.server(name, label)[round] ?? Number.NaN));
  const figure = (name: string, values: number[]): Figure => ({ name: `${at}: ${name}`, unit: 'ms', values });
  const compared = namesOf(label).filter((name) => name !== BARE);
  return [
    ...namesOf(label).flatMap((name) => [
      figure(`${name}, the worker`, view.worker(name, label)),
      figure(`${name}, the server`, view.server(name, label)),
    ]),
    ...compared.map((name) => {
      const target = name === ROOKERY && AIMED.includes(label) ? MOST : undefined;
      return ratio(`${at}: ${name} / bare, both`, ratios(total(name), total(BARE)), target);
    }),
    ratio(`${at}: rookery / bare, the worker`, ratios(view.worker(ROOKERY, label), view.worker(BARE, label))),
  ];
}

function rates({ rate }: View, label: Label): Figure[] {
  const at = where(label);
  return [
    ...namesOf(label).map((name): Figure => ({ name: `${at}: ${name}`, unit: 'tasks/s', values: rate(name, label) })),
    ratio(`${at}: rookery / bare`, ratios(rate(ROOKERY, label), rate(BARE, label)), LEAST),
  ];
}

function slow({ ms }: View): Figure[] {
  const { delayMs, atOnce } = CELLS.slow;
  const overhead = (name: string): number[] => ms(name, 'slow').map((one) => one - delayMs);
  const at = `model of ${delayMs} ms, ${atOnce} at once: overhead`;
  return [
    { name: `${at} of an iteration, rookery`, unit: 'ms', values: overhead(ROOKERY) },
    { name: `${at} of an iteration, bare`, unit: 'ms', values: overhead(BARE) },
    ratio(`${at}, rookery / bare`, ratios(overhead(ROOKERY), overhead(BARE)), MOST),
  ];
}

/** Both speeds of each ratio, in turn: what depends on the machine's speed shows as a range. */
function halved(full: View, half: View): Section {
  const figures = HALVED.flatMap((label): Figure[] => {
    const many = CELLS[label].atOnce > 1;
    const pairs: readonly (readonly [string, string])[] = [
      [ROOKERY, BARE],
      [OFFICIAL_DEFAULTS, ROOKERY],
      [OFFICIAL_OURS, ROOKERY],
    ];
    const here = pairs.filter((pair) => pair.every((name) => namesOf(label).includes(name)));
    return here.flatMap(([one, other]) =>
      [full, half].map((view, n) => {
        const of = many ? view.rate : view.ms;
        const name = `${where(label)}: ${one} / ${other}, ${many ? 'tasks/s, ' : ''}${n === 0 ? 'full' : 'half'} speed`;
        return ratio(name, ratios(of(one, label), of(other, label)));
      }),
    );
  });
  return { title: `At full and at half speed (${HALF})`, figures };
}
