/**
 * The moments at which a fault strikes, each recognised by what can be observed: a marker that the unsafe tool writes, a
 * result on disk that the files do not show yet, a question that waits, the length of a history.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ApprovalsAnswer } from '../../src/domain/messages.js';
import { QUERIES } from '../../src/domain/protocol.js';
import { patiently, type Site } from './site.js';

export const MOMENTS = ['tool', 'result', 'model', 'approval', 'continue-as-new', 'any'] as const;
/**
 * `tool`: inside an unsafe call. `result`: its result is on disk and the files do not show it. `model`: the model is asked.
 * `approval`: a call waits for a person. `continue-as-new`: shortly before or after a new run begins.
 */
export type Moment = (typeof MOMENTS)[number];

export interface Watch {
  readonly site: Site;
  readonly eventsPerRun: number;
  /** From 0 to 1. */
  readonly chance: number;
  /** Called in the very step in which the moment is seen. */
  readonly strike: () => void;
}

/** @returns whether the fault struck in that moment, as far as it can be seen afterwards */
export function atMoment(moment: Moment, watch: Watch): Promise<boolean> {
  return BY_MOMENT[moment](watch);
}

// ---

const LOOK_MS = 3;
const ANY_WITHIN_MS = 1_000;

const BY_MOMENT: Readonly<Record<Moment, (watch: Watch) => Promise<boolean>>> = {
  tool: insideTool,
  result: afterResult,
  model: duringModelCall,
  approval: whileWaiting,
  'continue-as-new': aroundNewRun,
  async any({ chance, strike }) {
    await pause(chance * ANY_WITHIN_MS);
    strike();
    return true;
  },
};

async function insideTool({ site, strike }: Watch): Promise<boolean> {
  const old = new Set(markers(site));
  while (!markers(site).some((name) => !old.has(name))) await pause(LOOK_MS);
  strike();
  return true;
}

/** The result of a call that has run to its end: one that was interrupted gets a result too, when it is given up. */
async function afterResult({ site, strike }: Watch): Promise<boolean> {
  const old = new Set(results(site));
  for (;;) {
    await pause(LOOK_MS);
    const fresh = results(site).filter((path) => !old.has(path));
    const ends = fresh.map((path) => /end-of-\w+\./.exec(readFileSync(path, 'utf8'))?.[0]);
    const end = ends.find((text) => text !== undefined);
    for (const path of fresh) old.add(path);
    if (end === undefined) continue;
    strike();
    return !taskTexts(site).some((text) => text.includes(end));
  }
}

async function duringModelCall({ site, strike }: Watch): Promise<boolean> {
  await new Promise<void>((resolve) => {
    site.onRequest = () => {
      site.onRequest = () => undefined;
      strike();
      resolve();
    };
  });
  return true;
}

async function whileWaiting({ site, strike }: Watch): Promise<boolean> {
  for (;;) {
    for (const id of await site.unfinished()) {
      const handle = site.client.workflow.getHandle(id);
      const { approvals } = await patiently(() => handle.query<ApprovalsAnswer>(QUERIES.approvals));
      if (approvals.length === 0) continue;
      strike();
      return true;
    }
    await pause(LOOK_MS);
  }
}

/** Half of the strikes come before the new run, when the server already suggests it, half when it has just begun. */
async function aroundNewRun({ site, eventsPerRun, chance, strike }: Watch): Promise<boolean> {
  const first = new Map<string, string>();
  for (;;) {
    for (const id of await site.unfinished()) {
      const { runId, historyLength } = await patiently(() => site.client.workflow.getHandle(id).describe());
      const isNew = first.has(id) && first.get(id) !== runId;
      first.set(id, runId);
      if (chance < 0.5 ? historyLength < eventsPerRun - NEAR_EVENTS : !isNew) continue;
      strike();
      return true;
    }
    await pause(LOOK_MS);
  }
}

const NEAR_EVENTS = 6;

function markers({ workspace }: Site): string[] {
  return readdirSync(workspace).filter((name) => name.startsWith('running-'));
}

function results({ paths }: Site): string[] {
  return listed(paths.claims).flatMap((task) =>
    listed(join(paths.claims, task))
      .filter((name) => name.endsWith('.result'))
      .map((name) => join(paths.claims, task, name)),
  );
}

function taskTexts({ paths, tasks }: Site): string[] {
  return tasks.flatMap((id) => {
    try {
      return [readFileSync(paths.task(id), 'utf8')];
    } catch {
      return [];
    }
  });
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
