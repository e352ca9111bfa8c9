/** The figures of a run: what is written as JSON, and the table of `docs/cluster.md`. */
import { cpus } from 'node:os';
import { sumOf } from '../support/effects.js';
import type { TaskAccount } from './account.js';
import type { Canary } from './canary.js';
import type { Disturbances } from './disturbances.js';
import type { Ended } from './tasks.js';

export interface Run {
  readonly seed: number;
  /** Those that have ended. */
  readonly tasks: number;
  /** Those that were to be started; fewer may be when the run was stopped, or its minutes were over. */
  readonly asked: number;
  readonly isCutShort: boolean;
  readonly iterations: number;
  readonly atOnce: number;
  readonly seconds: number;
  readonly versions: { readonly temporal: string; readonly postgres: string; readonly upgradeFrom: string };
  readonly counts: Disturbances['counts'] & { readonly workerExits: number };
  readonly canary: Canary;
  readonly ended: readonly Ended[];
  readonly accounts: readonly TaskAccount[];
  /** Lines of the ledgers that belong to no accepted call. */
  readonly strayLines: number;
}

export type Figures = ReturnType<typeof figuresOf>;

export function figuresOf(run: Run) {
  const { accounts, ended, ...rest } = run;
  const effects = sumOf(accounts.map((account) => account.effects));
  const sends = (name: keyof TaskAccount['sends']): number =>
    accounts.reduce((sum, account) => sum + account.sends[name], 0);
  const completed = accounts.filter(
    ({ status, iterations }) => status === 'COMPLETED' && iterations === run.iterations,
  );
  return {
    date: new Date().toISOString(),
    machine: { processors: cpus().length, processor: cpus()[0]?.model ?? 'unknown', node: process.version },
    ...rest,
    lost: ended.filter(({ status }) => status === 'lost').length,
    // What cannot be read afterwards has not ended well either.
    otherwise: ended.filter(({ status }) => status !== 'lost').length - completed.length,
    completed: completed.length,
    withoutFile: accounts.filter(({ inFiles }) => !inFiles).length,
    effects,
    acceptedIterations: sends('iterations'),
    lookups: sends('lookups'),
    hits: sends('hits'),
    wholeSends: sends('whole'),
  };
}

/** Of the accepted iterations. */
const MOST_WHOLE_SENDS = 0.05;

/** @returns what must not have happened, and what did not that had to; empty for a run that holds */
export function faultsOf(figures: Figures): string[] {
  const { lost, otherwise, withoutFile, effects, strayLines, canary } = figures;
  const counted = { lost, otherwise, withoutFile, strayLines, ...effects, canary: canary.found };
  const forbidden = ['lost', 'otherwise', 'withoutFile', 'strayLines', 'doubled', 'missing', 'canary'] as const;
  const faults = forbidden.filter((name) => counted[name] > 0).map((name) => `${name}: ${counted[name]}`);
  const needed: readonly (readonly [boolean, string])[] = [
    [canary.control > 0, 'the search for the prompt finds nothing at all'],
    [
      figures.wholeSends <= figures.acceptedIterations * MOST_WHOLE_SENDS,
      `whole-conversation sends: ${figures.wholeSends} of ${figures.acceptedIterations} iterations`,
    ],
    [figures.tasks > 0, 'no task has ended'],
    [figures.isCutShort || figures.tasks === figures.asked, `ended: ${figures.tasks} of ${figures.asked} tasks`],
    [figures.counts.upgrades === HOSTS, `upgraded: ${figures.counts.upgrades} of ${HOSTS} hosts`],
    [figures.counts.workerKills > 0, 'no worker was killed'],
    [figures.counts.postgresRestarts > 0, 'PostgreSQL was not restarted'],
  ];
  return [...faults, ...needed.flatMap(([holds, fault]) => (holds ? [] : [fault]))];
}

const HOSTS = 2;

export function tableOf(figures: Figures): string[] {
  const { effects, counts, versions, machine, canary } = figures;
  const percent = (part: number, whole: number): string => `${((part * 100) / Math.max(1, whole)).toFixed(1)} %`;
  const rows: readonly (readonly [string, string | number])[] = [
    ['tasks, each of so many iterations', `${figures.tasks} × ${figures.iterations}, ${figures.atOnce} at once`],
    ['completed with every iteration', figures.completed],
    ['lost (without an end)', figures.lost],
    ['ended otherwise', figures.otherwise],
    ['ended without the file of that end on a host', figures.withoutFile],
    ['unsafe calls', effects.calls],
    ['ran once, and the model has the result', effects.once],
    ['doubled', effects.doubled],
    ['missing although reported as done', effects.missing],
    [
      '"outcome unknown" after a kill inside the call (of these, had its effect)',
      `${effects.unknown} (${effects.unknownRan})`,
    ],
    ['effects that belong to no accepted call', figures.strayLines],
    ['restarts of PostgreSQL', counts.postgresRestarts],
    ['workers killed with `kill -9`', counts.workerKills],
    ['workers that ended by themselves and were started again', counts.workerExits],
    ['hosts upgraded from build A to build B', counts.upgrades],
    ['conversation cache: found', `${figures.hits} of ${figures.lookups} (${percent(figures.hits, figures.lookups)})`],
    [
      'whole-conversation sends, of the accepted iterations',
      `${figures.wholeSends} of ${figures.acceptedIterations} (${percent(figures.wholeSends, figures.acceptedIterations)})`,
    ],
    [
      'places in the databases with words of the prompt (control: an unencrypted name)',
      `${canary.found} (${canary.control})`,
    ],
    ['duration', `${figures.seconds} s`],
  ];
  return [
    `${figures.date.slice(0, 10)}, seed ${figures.seed}, ${machine.processors} processors (${machine.processor}), Node ${machine.node.slice(1)}, Temporal ${versions.temporal}, PostgreSQL ${versions.postgres}; build A: ${versions.upgradeFrom}.`,
    '',
    '| | |',
    '| --- | --: |',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
  ];
}
