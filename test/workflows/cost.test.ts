/** What a task costs, in counts that no machine changes: events, bytes, requests, conversations that are sent. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOf, historyBytes, scheduledBy } from '../support/history.js';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';

/** A workflow with one activity an iteration and nothing else has these: three of the activity, three of its next step. */
const EVENTS_PER_ITERATION = 6;
/** Start, first step, the mark of the version (two), host, last mirror, marks of the status, progress, end. */
const EVENTS_PER_TASK = 17;
/** Start, memo and marks, however long the task is. */
const BYTES_PER_TASK = 1_500;
const BYTES_PER_BYTE = 1.3;
/** With five iterations: the start, the end and the memo of a task are a larger part of it. */
const BYTES_PER_BYTE_SHORT = 1.31;
const GROWTH = 2.1;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  const line = 'one line of sixty-four characters, so that 4 KiB are no strain.\n';
  writeFileSync(join(rig.workspace, 'page.txt'), line.repeat(64));
});
afterAll(() => rig.stop());

async function run(iterations: number, { delayMs = 0, tool = 'read_file' } = {}): Promise<Task> {
  const args = tool === 'shell' ? { command: 'cat page.txt' } : { path: 'page.txt' };
  // As models do it: they say what they are about to do.
  const content = 'I read the page and compare it with what I have seen before. '.repeat(33);
  const agent = scriptedAgent({ iterations: iterations - 1, callFor: () => ({ name: tool, args }), final: 'Done.' });
  const task = await rig.start((request) => ({ content, ...agent(request), delayMs }), {
    limits: { max_iterations: iterations },
    allow: ['shell'],
  });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations });
  return task;
}

async function perByte(task: Task): Promise<number> {
  return (
    ((await historyBytes(rig.client, task.id)) - BYTES_PER_TASK) /
    Buffer.byteLength(JSON.stringify(await task.transcript()))
  );
}

describe('history', () => {
  test('is at most 1.3 bytes per byte of the conversation, and grows with it', async () => {
    const tasks = await Promise.all([5, 10, 20, 40, 80].map((iterations) => run(iterations)));
    for (const [n, task] of tasks.entries())
      expect(await perByte(task)).toBeLessThanOrEqual(n === 0 ? BYTES_PER_BYTE_SHORT : BYTES_PER_BYTE);
    const [, , twenty = Number.NaN, forty = Number.NaN, eighty = Number.NaN] = await Promise.all(
      tasks.map(({ id }) => historyBytes(rig.client, id)),
    );
    expect(forty / twenty).toBeLessThanOrEqual(GROWTH);
    expect(eighty / forty).toBeLessThanOrEqual(GROWTH);
  });

  test('is no longer when the model is slow, so that the files follow every iteration', async () => {
    for (const task of await Promise.all([run(10, { delayMs: 300 }), run(20, { delayMs: 300 })])) {
      expect(await perByte(task)).toBeLessThanOrEqual(BYTES_PER_BYTE);
    }
  });

  test.each([0, 300])('has six events an iteration, with a model of %i ms', async (delayMs) => {
    const task = await run(12, { delayMs });
    const { length } = await eventsOf(rig.client, task.id);
    expect(length).toBeLessThanOrEqual(12 * EVENTS_PER_ITERATION + EVENTS_PER_TASK);
  });

  test('has six more for each call that is an activity', async () => {
    const task = await run(6, { tool: 'shell' });
    const { length } = await eventsOf(rig.client, task.id);
    expect(length).toBeLessThanOrEqual((6 + 5) * EVENTS_PER_ITERATION + EVENTS_PER_TASK);
  });
});

test('a task asks the model once an iteration, sends no conversation, and writes its files as an activity once', async () => {
  const task = await run(12, { delayMs: 300 });
  expect(task.requests()).toHaveLength(12);
  const scheduled = await scheduledBy(rig.client, task.id);
  expect(scheduled.filter(({ input, groups }) => input.whole !== undefined || groups.length > 0)).toEqual([]);
  expect(scheduled.map(({ activity }) => activity)).toEqual([...Array(12).fill('iterate'), 'mirror']);
  expect(new Set(scheduled.map(({ queue }) => queue))).toEqual(new Set(['rookery']));
});
