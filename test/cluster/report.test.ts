/** What a run on a cluster must show, beside what must not have happened. */
import { expect, test } from 'vitest';
import { type Figures, faultsOf, figuresOf } from './report.js';

const good: Figures = {
  ...figuresOf({
    ...{ seed: 1, tasks: 20, asked: 20, isCutShort: false, iterations: 8, atOnce: 4, seconds: 60 },
    versions: { temporal: '1', postgres: '15', upgradeFrom: 'a copy' },
    counts: { postgresRestarts: 3, workerKills: 4, upgrades: 2, workerExits: 0 },
    canary: { found: 0, control: 9 },
    ...{ ended: [], accounts: [], strayLines: 0 },
  }),
  ...{ acceptedIterations: 160, wholeSends: 8 },
};

test('a run that holds has no faults', () => {
  expect(faultsOf(good)).toEqual([]);
});

test.each<[string, Partial<Figures>, string]>([
  ['too many whole conversations', { wholeSends: 9 }, 'whole-conversation sends: 9 of 160 iterations'],
  ['tasks without an end', { tasks: 19 }, 'ended: 19 of 20 tasks'],
  ['no task', { tasks: 0, isCutShort: true }, 'no task has ended'],
  ['a missing upgrade', { counts: { ...good.counts, upgrades: 1 } }, 'upgraded: 1 of 2 hosts'],
  ['no killed worker', { counts: { ...good.counts, workerKills: 0 } }, 'no worker was killed'],
  ['a database that stayed up', { counts: { ...good.counts, postgresRestarts: 0 } }, 'PostgreSQL was not restarted'],
  [
    'a search that finds nothing',
    { canary: { found: 0, control: 0 } },
    'the search for the prompt finds nothing at all',
  ],
  ['a lost task', { lost: 1 }, 'lost: 1'],
])('%s', (_, changed, fault) => {
  expect(faultsOf({ ...good, ...changed })).toEqual([fault]);
});

test('a run that was stopped early may have fewer tasks', () => {
  expect(faultsOf({ ...good, tasks: 7, isCutShort: true })).toEqual([]);
});
