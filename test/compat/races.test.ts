/**
 * Two programs write one file at the same time, ours and one that truncates and writes in place. What it meant is never
 * lost, an end never becomes a running task again, and a half-written file counts for nothing.
 */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { opening } from '../../src/domain/conversation.js';
import type { ExternalEdit } from '../../src/domain/external-edit.js';
import { isTerminal, type TaskState } from '../../src/domain/task.js';
import type { TaskFile } from '../../src/domain/wire.js';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import { MirrorWriter } from '../../src/mirror/writer.js';
import { type Chance, chance, LONG, SEEDS } from '../support/random.js';
import { of } from '../support/sequence.js';
import { type Sighting, watch } from '../support/watcher.js';
import { put, theirTask } from './ravenclaws.js';
import { type Move, type StandIn, startStandIn } from './stand-in.js';

const RACES = LONG ? 1_000 : 48;
const AT_ONCE = 8;
/** Within this many milliseconds ours writes as often as it can, and theirs once at any moment. */
const SPAN_MS = 60;

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.stop());

interface Race {
  readonly name: string;
  /** How ours would end by itself, where it does. */
  readonly ours?: TaskState;
  moves(random: Chance): Move[];
  /** What the file may say in the end. */
  readonly ends: readonly string[];
}

const CANCEL = { status: 'Cancelled', updated_at: '2026-03-01T08:00:02.000000001+00:00' } as const;
const DONE = { status: 'Completed', result: 'theirs', updated_at: '2026-03-01T08:00:03+00:00' } as const;
const anyTime = (random: Chance): number => random.next() * SPAN_MS;
const anyTear = (random: Chance): number => random.pick([0, 0, 0.2, 2]);

const KINDS: readonly Race[] = [
  {
    name: 'a cancel',
    ends: ['Cancelled'],
    moves: (random) => [{ after: anyTime(random), change: CANCEL, fresh: true, torn: anyTear(random) }],
  },
  {
    name: 'a second run of the task, with an end from memory',
    ends: ['Completed'],
    moves: (random) => [
      { after: anyTime(random) / 2, change: { status: 'Running', provider: 'watsonx' }, torn: anyTear(random) },
      { after: anyTime(random) / 2, change: DONE, torn: anyTear(random) },
    ],
  },
  {
    name: 'a cancel that an end from memory overwrites',
    ends: ['Completed'],
    moves: (random) => [
      { after: anyTime(random) / 2, change: CANCEL, fresh: true, torn: anyTear(random) },
      { after: anyTime(random) / 2, change: DONE, torn: anyTear(random) },
    ],
  },
  {
    name: 'a cancel at the moment of our end',
    ours: { kind: 'completed' },
    ends: ['Cancelled', 'Completed'],
    moves: (random) => [{ after: anyTime(random), change: CANCEL, fresh: true, torn: anyTear(random) }],
  },
];

/** The part of the workflow: writes state after state, and cancels when it is told of an end. */
async function ourPart(
  paths: Paths,
  id: string,
  { ours }: Race,
  theirs: Promise<void>,
): Promise<ExternalEdit | undefined> {
  let over = false;
  void theirs.then(() => {
    over = true;
  });
  const until = performance.now() + SPAN_MS;
  let version = 0;
  // A new writer each time: one that continues keeps a distance between its writes.
  const write = (state: TaskState) => new MirrorWriter(paths).write(stateOf(id, ++version, state));
  for (let more = 2; more > 0; ) {
    const last = over;
    const ending = ours && performance.now() > until;
    const found = await write(ending ? ours : { kind: 'running' });
    if (found?.kind === 'ended') {
      if (!ending) await write({ kind: 'cancelled', reason: 'told so' });
      return found;
    }
    if (ending) return undefined;
    if (last) more--;
  }
  return undefined;
}

function stateOf(id: string, version: number, state: TaskState) {
  const record = { state, iterations: version, provider: 'litellm', model: 'ours', updated_at: version, version };
  const messages = [...opening('s', 'p'), { role: 'assistant' as const, content: 'ours' }];
  const input = { prompt: 'p', system_prompt: 's', created_at: '2026-03-01T08:00:00.123456789+00:00' };
  return { id, input, record, runStarted: 1, messages };
}

async function run(paths: Paths, id: string, race: Race, random: Chance): Promise<ExternalEdit | undefined> {
  await new MirrorWriter(paths).write(stateOf(id, 0, { kind: 'running' }));
  const theirs = standIn.play(paths.task(id), race.moves(random));
  const found = await ourPart(paths, id, race, theirs);
  await theirs;
  return found;
}

function statusesOf(sightings: readonly Sighting[], torn: readonly Sighting[]): string[] {
  return sightings.filter((one) => !torn.includes(one)).map(({ text }) => (JSON.parse(text) as TaskFile).status);
}

test.each(SEEDS)(`${RACES} races (seed %i)`, { timeout: LONG ? 900_000 : 120_000 }, async (seed) => {
  const random = chance(seed);
  const lost: string[] = [];
  const revived: string[] = [];
  const wrong: string[] = [];
  let torn = 0;
  for (let done = 0; done < RACES; done += AT_ONCE) {
    const paths = pathsOf(await mkdtemp(join(tmpdir(), 'rookery-race-')));
    await mkdir(paths.checkpoints, { recursive: true });
    const field = Array.from({ length: AT_ONCE }, (_, i) => ({ id: `race-${i}`, race: random.pick(KINDS) }));
    for (const { id } of field) put(paths, theirTask(id, { status: 'Pending', provider: null, model: null }));
    const watcher = await watch([paths.tasks]);
    const found = await Promise.all(field.map(({ id, race }) => run(paths, id, race, random)));
    const seen = await watcher.stop();
    torn += seen.torn.length;
    field.forEach(({ id, race }, i) => {
      const statuses = statusesOf(of(id, seen.sightings, 'task'), seen.torn);
      const what = `${race.name}: ${statuses.join(' → ')}`;
      const end = (JSON.parse(readFileSync(paths.task(id), 'utf8')) as TaskFile).status;
      if (!race.ours && found[i]?.kind !== 'ended') lost.push(what);
      if (!race.ends.includes(end)) wrong.push(`${what}, in the end ${end}`);
      const first = statuses.findIndex((status) => isTerminal(status as TaskFile['status']));
      if (first >= 0 && statuses.slice(first).some((status) => status === 'Running')) revived.push(what);
    });
    await rm(paths.workdir, { recursive: true, force: true, maxRetries: 3 });
  }
  expect({ lost, revived, wrong }).toEqual({ lost: [], revived: [], wrong: [] });
  expect(torn, 'theirs was seen half-written').toBeGreaterThan(0);
});
