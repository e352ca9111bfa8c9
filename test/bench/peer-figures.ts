/** The figures of the systems side by side: time, CPU of worker and servers, throughput, what a task has left. */
import type { Cell, Measured } from './cells.js';
import { type Figure, median, type Section } from './figures.js';

/** Of one system, one value a round. */
export interface Series {
  /** By cell. */
  readonly cells: readonly Measured[][];
  /** Bytes, by length. */
  readonly stored: readonly number[][];
}

export interface PeerResults {
  readonly series: ReadonlyMap<string, Series>;
  /** By name: why it was not measured. */
  readonly skipped: ReadonlyMap<string, string>;
  readonly cells: readonly Cell[];
  readonly lengths: readonly number[];
}

export function peersSections({ series, skipped, cells, lengths }: PeerResults): Section[] {
  const notes = [...skipped].map(([name, reason]) => `Not measured: ${name}: ${reason}`);
  const rows = (at: number, of: (measured: Measured, cell: Cell) => number): [string, number[]][] => {
    const cell = cells[at];
    return cell ? [...series].map(([name, one]) => [name, (one.cells[at] ?? []).map((each) => of(each, cell))]) : [];
  };
  const section = (
    title: string,
    figures: (at: number, where: string) => Figure[],
    which: (cell: Cell) => boolean,
  ) => ({
    title,
    figures: cells.flatMap((cell, at) => (which(cell) ? figures(at, `${cell.iterations} iterations`) : [])),
  });
  const each = (total: number, { tasks, iterations }: Cell): number => total / tasks / iterations;
  const time = (at: number, where: string): Figure[] => [
    ...rows(at, ({ each: ms }, { iterations }) => median(ms) / iterations).map(([name, values]) => ({
      name: `${where}: ${name}`,
      unit: 'ms',
      values,
    })),
  ];
  const rate = (at: number, where: string): Figure[] =>
    rows(at, ({ wall }, { tasks }) => (tasks * 1_000) / wall).map(([name, values]) => ({
      name: `${where}: ${name}`,
      unit: 'tasks/s',
      values,
    }));
  const cpu = (at: number, where: string): Figure[] => {
    const server = new Map(rows(at, ({ server }, cell) => each(server, cell)));
    return rows(at, ({ worker, server }, cell) => each(worker + server, cell)).map(([name, values]) => ({
      name: `${where}: ${name}`,
      unit: 'ms',
      values,
      note: `of it the server ${median(server.get(name) ?? []).toFixed(1)}`,
    }));
  };
  const alone = ({ atOnce }: Cell): boolean => atOnce === 1;
  const many = ({ atOnce }: Cell): boolean => atOnce > 1;
  return [
    { ...section('Side by side: an iteration, one task at a time', time, alone), notes },
    section('Side by side: 8 tasks at once', rate, many),
    section('Side by side: CPU of an iteration, one task at a time, worker and server', cpu, alone),
    section('Side by side: CPU of an iteration, 8 tasks at once, worker and server', cpu, many),
    {
      title: 'Side by side: what a finished task has left in the store',
      figures: stored(series, lengths),
      notes: [STORE],
    },
  ];
}

// ---

const STORE = 'On Temporal this is the history. The product writes the files of the task beside it.';

function stored(series: PeerResults['series'], lengths: readonly number[]): Figure[] {
  return lengths.flatMap((iterations, at) =>
    [...series].map(
      ([name, one]): Figure => ({
        name: `${iterations} iterations: ${name}`,
        unit: 'KiB',
        values: (one.stored[at] ?? []).map((bytes) => bytes / 1_024),
      }),
    ),
  );
}
