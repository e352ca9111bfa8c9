/**
 * Random histories of tasks that are controlled while workers are killed: messages, pauses, raised limits, decisions,
 * cancels, retries and forks. At every step the task is where the model of it says, and so is what it leaves at its end.
 */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InboxAnswer } from '../../src/domain/control.js';
import { QUERIES } from '../../src/domain/protocol.js';
import { countLines } from '../support/effects.js';
import { readLedger } from '../support/ledger.js';
import { publish } from '../support/publish.js';
import { SCALE, SEEDS } from '../support/random.js';
import { until } from '../support/until.js';
import {
  answer,
  cancel,
  decide,
  finish,
  fork,
  goOn,
  pauseIt,
  raiseIt,
  reply,
  say,
  unpauseIt,
  withdraw,
} from './commands.js';
import { type Expected, expectedAtStart, PROMPT, type Traits } from './expected.js';
import { expectFilesToMatch, type Lane } from './lane.js';
import { openWorld, type WorkerEnd, type World } from './world.js';

/** That of `npm test`. */
const SHORT = 0.05;
const HISTORIES = Math.max(50, Math.round(1_000 * (SCALE > SHORT ? SCALE : 0)));
/** At the same time, on one worker: a kill strikes each of them somewhere else. */
const TOGETHER = Math.min(50, HISTORIES);
const COMMANDS = 50;
const SEED = SEEDS[1] as number;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const traits: fc.Arbitrary<Traits> = fc.record({
  limit: fc.constantFrom('iterations', 'tokens'),
  height: fc.integer({ min: 1, max: 6 }),
  onLimit: fc.constantFrom('ask', 'fail'),
  needsApproval: fc.boolean(),
});

const replies = fc.constantFrom('shell', 'shell', 'list', 'question', 'answer').map(reply);
const history = fc.commands(
  [
    ...[replies, replies, replies],
    fc.tuple(fc.constantFrom('steer', 'queue', 'interrupt'), fc.boolean()).map(([mode, twice]) => say(mode, twice)),
    fc.nat(9).map(withdraw),
    fc.constant(pauseIt()),
    fc.constant(unpauseIt()),
    fc.integer({ min: 1, max: 3 }).map(raiseIt),
    fc.constantFrom('approve', 'approve', 'deny').map(decide),
    fc.constant(answer()),
    fc.boolean().map(goOn),
    fc.boolean().map(goOn),
    fc.oneof({ weight: 1, arbitrary: fc.constant(cancel()) }, { weight: 2, arbitrary: replies }),
    fc.nat(20).map(fork),
  ],
  { maxCommands: COMMANDS, size: 'max' },
);

/** kill -9, or a stop of the worker, in the middle of what all tasks do. */
const ends: fc.Arbitrary<WorkerEnd[]> = fc.array(
  fc.record({
    steps: fc.integer({ min: 5, max: 6 * TOGETHER }),
    // A stop lasts until the model has answered, or half a minute.
    signal: fc.constantFrom(...(SCALE > SHORT ? (['SIGKILL', 'SIGKILL', 'SIGTERM'] as const) : (['SIGKILL'] as const))),
    downMs: fc.nat(1_500),
  }),
  { minLength: 1, maxLength: 2 },
);

test(`${HISTORIES} histories end as the model says`, { timeout: 7_200_000 }, async () => {
  const property = fc.asyncProperty(
    fc.array(fc.tuple(traits, history), { minLength: TOGETHER, maxLength: TOGETHER, size: 'max' }),
    ends,
    async (histories, plan) => {
      world.plan(plan);
      const outcomes = await Promise.allSettled(histories.map(([of, commands]) => one(of, commands)));
      const wrong = outcomes.flatMap((end, at) =>
        end.status === 'rejected'
          ? [{ history: String(histories[at]?.[1]), traits: histories[at]?.[0], error: end.reason }]
          : [],
      );
      if (wrong.length > 0)
        throw new Error(
          wrong.map((w) => `${JSON.stringify(w.traits)} ${w.history}\n${w.error?.message ?? w.error}`).join('\n\n'),
        );
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: Math.ceil(HISTORIES / TOGETHER), endOnFailure: true });
  if (process.env.PUBLISH) publish('docs/control.md', 'histories', figures());
});

// ---

function figures(): string[] {
  const { steps, ends } = world.counts;
  const histories = Math.ceil(HISTORIES / TOGETHER) * TOGETHER;
  const day = new Date().toISOString().slice(0, 10);
  return [
    `${day}, seed ${SEED}: ${histories} random histories, ${TOGETHER} at the same time, ${steps} steps, ${ends} ends of their worker, 0 differences.`,
  ];
}

async function one(of: Traits, commands: Iterable<fc.AsyncCommand<Expected, Lane>>): Promise<void> {
  const lane = await world.begin(of);
  const task = expectedAtStart(of);
  try {
    await lane.stands(task);
    await fc.asyncModelRun(() => ({ model: task, real: lane }), commands as never);
    await finish(task, lane);
    await isAsExpected(task, lane);
  } catch (error) {
    throw new Error(`${(error as Error).message}\nIts history: ${await keptHistory(lane)}`, { cause: error });
  }
}

/** The server of the tests ends with them: what a worker makes of it can be looked at with `Worker.runReplayHistory`. */
async function keptHistory({ task }: Lane): Promise<string> {
  const file = join(tmpdir(), `rookery-history-${task.id}.json`);
  await writeFile(file, historyToJSON(await task.handle.fetchHistory()));
  return file;
}

async function isAsExpected(task: Expected, { task: real, manager }: Lane): Promise<void> {
  // The worker that was to write the end may have been ended: the next one does, a minute after its start at the latest.
  const isWritten = (): boolean => real.file().status === task.status;
  await until(isWritten, { what: 'the file has the end', timeoutMs: 120_000 }).catch(() => undefined);
  expect(real.file()).toMatchObject({ status: task.status, iterations: task.iterations, prompt: PROMPT });
  const { record } = await patiently(() => real.status());
  expect([record.iterations, record.usage.total_tokens]).toEqual([task.iterations, task.tokens]);
  const messages = await patiently(() => real.transcript());
  const lines = countLines(readLedger(world.rig.workspace));
  const texts = messages.flatMap((message) => (message.role === 'user' ? [message.content] : [])).slice(1);
  expect(texts).toEqual(task.turns.flatMap((turn) => (turn.role === 'user' ? [turn.text] : [])));
  for (const turn of task.turns) {
    if (turn.role !== 'tool' || turn.outcome === 'listed' || turn.outcome.startsWith('answered')) continue;
    const count = lines.get(turn.call) ?? 0;
    if (turn.outcome !== 'ran') expect(count, turn.call).toBe(0);
    else if (!turn.mayBeUnknown) expect(count, turn.call).toBe(1);
    else expect(count, turn.call).toBeLessThanOrEqual(1);
  }
  const inbox = await patiently(() => real.handle.query<InboxAnswer>(QUERIES.inbox));
  const delivered = deliveredIn(task);
  // What an earlier run had is known without its iteration.
  for (const { state, text, iteration } of inbox.messages)
    if (state === 'delivered' && iteration !== null) expect(iteration, text).toBe(delivered.get(text));
  await expectFilesToMatch(manager, real.id);
}

/** The reply that was the first to have each message, and each answer to a question. */
function deliveredIn({ turns }: Expected): ReadonlyMap<string, number> {
  const delivered = new Map<string, number>();
  let replies = 0;
  for (const turn of turns) {
    if (turn.role === 'assistant') replies++;
    if (turn.role === 'user' && turn.delivered !== undefined) delivered.set(turn.text, turn.delivered);
    if (turn.role === 'tool' && turn.outcome.startsWith(ANSWERED))
      delivered.set(turn.outcome.slice(ANSWERED.length), replies + 1);
  }
  return delivered;
}

const ANSWERED = 'answered: ';

/** No worker may be there to answer: two that are stopped one after the other take a minute and more. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  let last: unknown;
  const tried = (): Promise<T | undefined> =>
    ask().catch((error: unknown) => {
      last = error;
      return undefined;
    });
  const answered = until(tried, { what: 'a worker answers', timeoutMs: 240_000 });
  return answered.catch((error: Error) => {
    throw new Error(`${error.message}, ${world.worker()}; the last answer: ${last}`);
  }) as Promise<T>;
}
