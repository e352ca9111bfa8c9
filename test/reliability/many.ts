/** Thousands of tasks in one directory, each with an unsafe call, while the worker is killed now and then. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { QUERIES, type TaskResult, type TranscriptAnswer } from '../../src/domain/protocol.js';
import type { TaskFile } from '../../src/domain/wire.js';
import { countLines, effectsOf } from '../support/effects.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { repliesIn } from '../support/llm-server.js';
import { chance } from '../support/random.js';
import type { Batch, Episode } from './journal.js';
import { openSite, type Site } from './site.js';
import { FORBIDDEN, type Verdict } from './verdict.js';

const AT_ONCE = 24;
const KILL_EVERY = 250;
const STUCK_MS = 300_000;

export interface ManyPlan {
  readonly name: string;
  readonly seed: number;
  readonly count: number;
  readonly announce: (line: string) => void;
}

export async function manyTasks({ name, seed, count, announce }: ManyPlan): Promise<(Episode | Batch)[]> {
  const begun = Date.now();
  const dice = chance(seed);
  const root = mkdtempSync(join(tmpdir(), 'rookery-reliability-'));
  const site = await openSite({
    root,
    sandbox: 'off',
    // The name of the model is that of the task, and so is the line that its call leaves.
    script: ({ model, messages }) =>
      repliesIn(messages) > 0 ? { content: 'done' } : { calls: [{ id: `call-${model}`, ...ledgerCall(model) }] },
  });
  const episodes: Episode[] = [];
  let isClean = false;
  try {
    let lastEnd = Date.now();
    let [open, nextKill] = [0, KILL_EVERY + dice.below(KILL_EVERY)];
    while (Date.now() - lastEnd < STUCK_MS) {
      while (open < AT_ONCE && site.tasks.length < count) {
        await site.start({ allow: ['shell'] });
        open++;
      }
      const left = (await site.unfinished()).length;
      if (left !== open) lastEnd = Date.now();
      open = left;
      if (open === 0 && site.tasks.length === count) break;
      if (site.tasks.length > nextKill) {
        nextKill += KILL_EVERY + dice.below(KILL_EVERY);
        announce(`${site.tasks.length} of ${count} tasks have begun`);
        const victims = dice.pick(['worker', 'worker', 'server', 'both'] as const);
        site.kill(victims);
        episodes.push({ type: 'episode', batch: name, victims, moment: 'any', landed: true });
        await site.revive();
      }
      await pause(20);
    }
    const verdict = await verdictOn(site);
    isClean = FORBIDDEN.every((fault) => (verdict[fault] ?? 0) === 0);
    const seconds = Math.round((Date.now() - begun) / 1_000);
    return [...episodes, { type: 'batch', batch: name, seed, date: new Date().toISOString(), seconds, verdict }];
  } finally {
    await site.close();
    if (isClean) rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

// ---

/** No reader looks at the files all the time: at so many, that would be most of the work. Their ends are read. */
async function verdictOn(site: Site): Promise<Verdict> {
  const lines = countLines(readLedger(site.workspace));
  const verdict = {
    ...{
      tasks: site.tasks.length,
      calls: site.tasks.length,
      once: 0,
      unknown: 0,
      unknownRan: 0,
      doubled: 0,
      missing: 0,
    },
    ...{ lost: 0, torn: 0, terminalToRunning: null, filesBehind: 0, askedAgain: null },
    stray: lines.size - site.tasks.filter((id) => lines.has(site.modelOf(id))).length,
  };
  const open = new Set(await site.unfinished());
  for (const id of site.tasks) {
    const handle = site.client.workflow.getHandle(id);
    const result = open.has(id)
      ? undefined
      : ((await handle.result().catch(() => undefined)) as TaskResult | undefined);
    if (result?.status !== 'Completed') verdict.lost++;
    const status = statusIn(site.paths.task(id));
    if (status === undefined) verdict.torn++;
    else if (status !== 'Completed') verdict.filesBehind++;
    const times = lines.get(site.modelOf(id)) ?? 0;
    if (times === 1) {
      verdict.once++;
      continue;
    }
    const { messages } = await handle.query<TranscriptAnswer>(QUERIES.transcript);
    const { unknown, doubled, missing } = effectsOf(messages, new Map([[`call-${site.modelOf(id)}`, times]]));
    verdict.unknown += unknown;
    verdict.doubled += doubled;
    verdict.missing += missing;
  }
  return verdict;
}

function statusIn(path: string): TaskFile['status'] | undefined {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as TaskFile).status;
  } catch {
    return undefined;
  }
}
