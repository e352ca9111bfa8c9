/**
 * Batches of full disks: the disk of the tasks' files, and in every third batch that of the server's database too, is
 * filled to the last byte at a chosen moment, and freed after the tasks have tried to go further.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chance } from '../support/random.js';
import { until } from '../support/until.js';
import { watch } from '../support/watcher.js';
import { workingModel } from '../support/working-model.js';
import { feed } from './feeder.js';
import type { Batch, Episode } from './journal.js';
import { atMoment } from './moments.js';
import { openSite } from './site.js';
import { mountSmallDisk } from './small-disk.js';
import { FORBIDDEN, verdictOn } from './verdict.js';

/** In full: 100 episodes. */
export const DISK_BATCHES = 10;

const EPISODES = 10;
const AT_ONCE = 3;
const ITERATIONS = 20;
const TOOL_MS = 120;
const DISK_MB = 64;
const FULL_FROM_MS = 300;
const FULL_TO_MS = 3_000;
const SETTLE_MS = 300_000;

/** @returns undefined where this process may not mount a file system */
export async function diskBatch(
  name: string,
  seed: number,
  withServer: boolean,
): Promise<(Episode | Batch)[] | undefined> {
  const begun = Date.now();
  const dice = chance(seed);
  const root = mkdtempSync(join(tmpdir(), 'rookery-reliability-'));
  const disk = mountSmallDisk(join(root, 'disk'), DISK_MB);
  if (!disk) return undefined;
  const site = await openSite({
    root,
    workdir: join(disk.path, 'data'),
    ...(withServer ? { serverDirectory: join(disk.path, 'server') } : {}),
    sandbox: 'auto',
    script: workingModel({ iterations: ITERATIONS, chance: dice, toolMs: TOOL_MS }),
  });
  const episodes: Episode[] = [];
  let isClean = false;
  try {
    const watcher = await watch([site.paths.tasks]);
    const fed = feed(site, AT_ONCE, { allow: ['shell'] });
    for (let n = 0; n < EPISODES; n++) {
      const moment = dice.pick(['tool', 'result', 'model', 'any'] as const);
      const landed = await atMoment(moment, { site, eventsPerRun: 0, chance: dice.next(), strike: disk.fill });
      episodes.push({ type: 'episode', batch: name, victims: withServer ? 'disk-of-all' : 'disk', moment, landed });
      await pause(FULL_FROM_MS + dice.below(FULL_TO_MS - FULL_FROM_MS));
      disk.free();
      // A server that could not go on without its disk is started again, as the command does.
      if (withServer) await site.revive();
    }
    await fed();
    const ended = async (): Promise<boolean> => (await site.unfinished()).length === 0;
    await until(ended, { what: 'all tasks end', timeoutMs: SETTLE_MS }).catch(() => undefined);
    const watched = await watcher.stop();
    const verdict = await verdictOn(site, { iterations: ITERATIONS, watched });
    isClean = FORBIDDEN.every((fault) => verdict[fault] === 0);
    const seconds = Math.round((Date.now() - begun) / 1_000);
    return [...episodes, { type: 'batch', batch: name, seed, date: new Date().toISOString(), seconds, verdict }];
  } finally {
    await site.close();
    if (isClean) {
      disk.unmount();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}
