/**
 * kill -9 of worker, server and both, at aimed and at random moments of tasks with an unsafe tool. Every task completes;
 * no accepted reply is asked for twice, no unsafe call runs twice, no file is ever torn.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import { readLedger } from '../support/ledger.js';
import { chance, LONG, SEEDS } from '../support/random.js';
import type { Task } from '../support/rig.js';
import { expectLegalCheckpoints, expectLegalTaskFiles, of } from '../support/sequence.js';
import { until } from '../support/until.js';
import { watch } from '../support/watcher.js';
import { type Arena, ITERATIONS, type Moment, openArena } from './arena.js';

type Kill = { readonly moment: Moment | 'any'; readonly victims: 'worker' | 'server' | 'both' };

const TIMES = LONG ? 4 : 1;
const AT_ONCE = 3;
const landed: Record<Moment | 'any', number> = { tool: 0, model: 0, mirror: 0, any: 0 };

function plan(): Kill[] {
  const kill = (count: number, moment: Kill['moment'], victims: Kill['victims']): Kill[] =>
    Array.from({ length: count * TIMES }, () => ({ moment, victims }));
  return [
    ...kill(2, 'tool', 'worker'),
    ...kill(1, 'tool', 'both'),
    ...kill(3, 'model', 'worker'),
    ...kill(2, 'mirror', 'worker'),
    ...kill(1, 'any', 'server'),
    ...kill(1, 'any', 'both'),
  ];
}

/** The short run has one, another each time. */
const RUNS = LONG ? SEEDS : SEEDS.slice(1);

describe.each(RUNS)('with seed %i', (seed) => {
  let arena: Arena | undefined;
  afterAll(() => arena?.close());

  test('everything that was killed is finished, once', { timeout: LONG ? 1_800_000 : 240_000 }, async () => {
    const dice = chance(seed);
    arena = await openArena(dice);
    const { rig } = arena;
    const watcher = await watch([rig.paths.tasks, rig.paths.checkpoints]);
    for (const kill of dice.shuffle(plan())) {
      while ((await arena.unfinished()).length < AT_ONCE) await arena.startTask();
      await strike(arena, kill, dice.below(1_000));
      await pause(dice.below(300));
      await arena.revive();
    }
    const { unfinished } = arena;
    await until(async () => (await unfinished()).length === 0, { what: 'all tasks end', timeoutMs: 120_000 });

    const { sightings, torn } = await watcher.stop();
    expect(torn).toEqual([]);
    for (const task of arena.tasks) {
      expect(await task.result()).toMatchObject({ status: 'Completed', iterations: ITERATIONS });
      expect(task.file()).toMatchObject({ status: 'Completed', iterations: ITERATIONS, checkpoint: null });
      expectLegalTaskFiles(task.id, of(task.id, sightings, 'task'));
      expectLegalCheckpoints(task.id, of(task.id, sightings, 'checkpoint'));
      const messages = await task.transcript();
      expectAskedOnce(task, messages);
      expectRunOnce(messages, readLedger(rig.workspace));
    }
    const lines = readLedger(rig.workspace);
    expect(new Set(lines).size, 'no line twice').toBe(lines.length);
  });
});

test('kills landed inside the unsafe tool, inside a model call, and between a result and its mirror write', () => {
  const rounds = RUNS.length * TIMES;
  expect(landed).toMatchObject({ tool: 3 * rounds, model: 3 * rounds, mirror: 2 * rounds });
});

// ---

async function strike(arena: Arena, { moment, victims }: Kill, afterMs: number): Promise<void> {
  const kill = (): void => {
    if (victims !== 'worker') arena.killServer();
    if (victims !== 'server') arena.killWorker();
    landed[moment]++;
  };
  if (moment !== 'any') return arena.at(moment, kill);
  await pause(afterMs);
  kill();
}

/** The log of the model server holds each accepted reply once, and nothing was asked again after it. */
function expectAskedOnce(task: Task, messages: readonly Message[]): void {
  const replies = messages.filter(({ role }) => role === 'assistant');
  expect(replies).toHaveLength(ITERATIONS);
  const requests = task.requests().map(({ messages: sent, answer }) => ({
    accepted: sent.filter(({ role }) => role === 'assistant').length,
    content: (answer as { content?: string }).content,
  }));
  replies.forEach(({ content }, n) => {
    expect(requests.filter((request) => request.content === content)).toHaveLength(1);
    const asked = requests.filter(({ accepted }) => accepted === n);
    expect(asked.at(-1)?.content, `the reply of iteration ${n + 1}`).toBe(content);
  });
}

/** Each unsafe call has its line once, or the model was told that the outcome is unknown. */
function expectRunOnce(messages: readonly Message[], ledger: readonly string[]): void {
  const outcomes = new Map(messages.flatMap((m) => (m.role === 'tool' ? [[m.call, m.outcome] as const] : [])));
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    for (const call of message.calls?.filter(({ name }) => name === 'shell') ?? []) {
      const lines = ledger.filter((line) => line === call.wire_id).length;
      expect(lines, `lines of ${call.wire_id}`).toBeLessThanOrEqual(1);
      if (lines === 0) expect(outcomes.get(call.id)).toBe('unknown');
    }
  }
}
