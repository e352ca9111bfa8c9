/** Batches of kills: a few tasks at work all the time, and `kill -9` of worker, server or both at chosen moments. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Chance, chance } from '../support/random.js';
import { until } from '../support/until.js';
import { watch } from '../support/watcher.js';
import { workingModel } from '../support/working-model.js';
import { feed } from './feeder.js';
import type { Batch, Episode } from './journal.js';
import { atMoment, type Moment } from './moments.js';
import { openSite, patiently, type Site, type Victims } from './site.js';
import { FORBIDDEN, verdictOn } from './verdict.js';

export type KillKind = 'calls' | 'approvals' | 'new-runs';

/** In full: 1,000 kills, of them 288 inside the tool, 192 after a result, 120 while an approval waits, 80 around a new run. */
export const KILL_BATCHES: Readonly<Record<KillKind, number>> = { calls: 32, approvals: 6, 'new-runs': 8 };

const MOMENTS: Readonly<Record<KillKind, Partial<Record<Moment, number>>>> = {
  calls: { tool: 9, result: 6, model: 4, any: 6 },
  approvals: { approval: 20 },
  'new-runs': { 'continue-as-new': 10 },
};
const AT_ONCE = 3;
const ITERATIONS = 20;
/** A run of about twelve iterations. */
const EVENTS_PER_RUN = 90;
const TOOL_MS = 120;
const SETTLE_MS = 300_000;

export interface BatchPlan {
  readonly name: string;
  readonly kind: KillKind;
  readonly seed: number;
}

export async function killBatch({ name, kind, seed }: BatchPlan): Promise<(Episode | Batch)[]> {
  const begun = Date.now();
  const dice = chance(seed);
  const root = mkdtempSync(join(tmpdir(), 'rookery-reliability-'));
  const asks = kind === 'approvals';
  const site = await openSite({
    root,
    // Without a sandbox a call asks; and a tool outlives its worker, which the sandbox would not let it.
    sandbox: asks || dice.next() < 0.3 ? 'off' : 'auto',
    ...(kind === 'new-runs' ? { eventsPerRun: EVENTS_PER_RUN } : {}),
    script: workingModel({ iterations: ITERATIONS, chance: dice, toolMs: TOOL_MS }),
  });
  const episodes: Episode[] = [];
  let isClean = false;
  try {
    const watcher = await watch([site.paths.tasks]);
    const fed = feed(site, AT_ONCE, asks ? {} : { allow: ['shell'] });
    for (const moment of planOf(kind, dice)) {
      const victims = victimsOf(moment, dice);
      const strike = (): void => site.kill(victims);
      const landed = await atMoment(moment, { site, eventsPerRun: EVENTS_PER_RUN, chance: dice.next(), strike });
      episodes.push({ type: 'episode', batch: name, victims, moment, landed });
      await pause(dice.below(200));
      await site.revive();
      if (asks) await approveAll(site);
    }
    await fed();
    await settle(site, asks);
    const watched = await watcher.stop();
    const verdict = await verdictOn(site, { iterations: ITERATIONS, watched });
    const seconds = Math.round((Date.now() - begun) / 1_000);
    isClean = FORBIDDEN.every((fault) => verdict[fault] === 0);
    return [...episodes, { type: 'batch', batch: name, seed, date: new Date().toISOString(), seconds, verdict }];
  } finally {
    await site.close();
    // What a fault has left is needed to find it.
    if (isClean) rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

// ---

function planOf(kind: KillKind, dice: Chance): Moment[] {
  const counts = Object.entries(MOMENTS[kind]) as [Moment, number][];
  return dice.shuffle(counts.flatMap(([moment, count]) => Array.from({ length: count }, () => moment)));
}

/** A kill of the server alone leaves the tool running: the kills inside it are of the worker too. */
function victimsOf(moment: Moment, dice: Chance): Victims {
  if (moment === 'tool') return dice.pick(['worker', 'worker', 'both']);
  return dice.pick(['worker', 'worker', 'server', 'both']);
}

async function approveAll({ manager }: Site): Promise<void> {
  for (const { task, call } of await patiently(() => manager.approvals())) {
    await manager.decide({ id: task, call }, { decision: 'approve' }).catch(() => undefined);
  }
}

async function settle(site: Site, asks: boolean): Promise<void> {
  const ended = async (): Promise<boolean> => {
    if (asks) await approveAll(site);
    return (await site.unfinished()).length === 0;
  };
  // What has not ended by then is counted as lost.
  await until(ended, { what: 'all tasks end', timeoutMs: SETTLE_MS }).catch(() => undefined);
}
