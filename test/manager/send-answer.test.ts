/** What is sent to a task that asks its person one question is the answer to it; everything else stays a message. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNALS } from '../../src/domain/protocol.js';
import { shortId } from '../../src/domain/task-id.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import { conversationOf } from '../support/gate.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

const question = { question: 'Which database?', choices: ['staging', 'production'] };
const done = { content: 'Done.' };

/** A task that waits for the answers to so many questions. */
async function asking(questions = 1, on = { rig, manager }): Promise<{ task: Task; calls: readonly string[] }> {
  const calls = Array.from({ length: questions }, (_, n) => ({ id: `q${n}`, name: 'ask_user', args: question }));
  const task = await on.rig.start(inOrder({ calls }, done, done));
  const waiting = async () => (await on.manager.needs(task.id).catch(() => undefined))?.questions ?? [];
  await until(async () => (await waiting()).length === questions, { what: 'it asks' });
  await until(async () => (await on.manager.status(task.id)).detail.phase === 'waiting_question', {
    what: 'it says so',
  });
  return { task, calls: (await waiting()).map(({ call }) => call) };
}

const answered = (text: string): string => `tool: [the person's answer]\n${text}`;
const texts = (task: Task): string[] =>
  conversationOf(task, -1)
    .filter((line) => !line.startsWith('system: '))
    .slice(1);

test('a message answers the one question that is open, and the receipt says so', async () => {
  const { task, calls } = await asking();
  const receipt = await manager.send(task.id, 'the one for tests');
  expect(receipt).toEqual({
    id: task.id,
    message: expect.stringMatching(/^[0-9a-f-]{36}$/),
    state: 'delivered',
    iteration: 2,
    reason: `it answered question ${shortId(calls[0] ?? '')}`,
    question: calls[0],
  });
  expect(await task.result()).toMatchObject({ iterations: 2 });
  expect(texts(task).slice(1)).toEqual([answered('the one for tests')]);
});

test('the number of a choice stands for it', async () => {
  const { task } = await asking();
  await manager.send(task.id, '2');
  await task.result();
  expect(texts(task).slice(1)).toEqual([answered('production')]);
});

test('the same id counts once: neither the answer nor a message comes of its repeats', async () => {
  const { task } = await asking();
  const message = randomUUID();
  await manager.pause(task.id);
  const first = await manager.send(task.id, 'staging', { message });
  expect(first).toMatchObject({
    state: 'accepted',
    reason: expect.stringMatching(/^it answers question .* unpaused$/),
  });
  expect(await manager.send(task.id, 'staging', { message })).toEqual(first);
  // One that comes as a plain signal meanwhile waits, and goes when the answer counts.
  await task.handle.signal(SIGNALS.message, { id: message, text: 'staging' });
  await manager.unpause(task.id);
  await task.result();
  await task.handle.signal(SIGNALS.message, { id: message, text: 'staging' }).catch(() => undefined);
  expect(await manager.send(task.id, 'staging', { message })).toMatchObject({ state: 'delivered', iteration: 2 });
  expect(texts(task).slice(1)).toEqual([answered('staging')]);
});

test.each(['queue', 'interrupt'] as const)('with the mode %s it stays a message', async (mode) => {
  const { task } = await asking();
  const { question: named } = await manager.send(task.id, 'Something else.', { mode });
  expect(named).toBeUndefined();
  if (mode === 'queue') await manager.answer({ id: task.id }, 'staging');
  await task.result();
  const expected = {
    interrupt: [expect.stringMatching(/^tool: .*not run/i), 'user: Something else.'],
    queue: [answered('staging'), 'assistant: Done.', 'user: Something else.'],
  };
  expect(texts(task).slice(1)).toEqual(expected[mode]);
});

test('with several questions it says how each is answered, and sends nothing', async () => {
  const { task, calls } = await asking(2);
  await expect(manager.send(task.id, 'staging')).rejects.toMatchObject({
    code: 'ambiguous',
    message: `2 questions of task '${task.id}' wait for an answer: ${calls.map(shortId).join(', ')}`,
    hint: expect.stringContaining(`rookery answer ${task.id} QUESTION TEXT`),
  });
  expect((await manager.status(task.id)).detail.next).toBe(`rookery answer ${task.id} ${shortId(calls[0] ?? '')} TEXT`);
  await manager.answer({ id: task.id, call: calls[0] }, 'staging');
  expect(await manager.send(task.id, 'production')).toMatchObject({ question: calls[1] });
  await task.result();
  expect(texts(task).slice(1)).toEqual([answered('staging'), answered('production')]);
});

test('the message of a plain client is no answer, and is delivered after it', async () => {
  const { task } = await asking();
  const message = randomUUID();
  await task.handle.signal(SIGNALS.message, { id: message, text: 'Not an answer.' });
  await until(async () => (await manager.inbox(task.id)).messages.length === 1, { what: 'it is accepted' });
  expect(await manager.send(task.id, 'Not an answer.', { message })).toMatchObject({ state: 'accepted' });
  expect((await manager.needs(task.id)).questions).toHaveLength(1);
  await manager.answer({ id: task.id }, 'staging');
  await task.result();
  expect(texts(task).slice(1)).toEqual([answered('staging'), 'user: Not an answer.']);
});

describe('without a worker', () => {
  test('it is kept as a message, and says what answers the question', async () => {
    const quiet = await startRig({ worker: false });
    const alone = await managerOf(quiet);
    try {
      const first = await quiet.startWorker();
      const { task } = await asking(1, { rig: quiet, manager: alone });
      await first.stop();
      expect(await alone.send(task.id, 'Be quick.')).toMatchObject({
        state: 'accepted',
        reason: expect.stringContaining(`the task waits for an answer: \`rookery answer ${task.id} TEXT\``),
      });
      await quiet.startWorker();
      await alone.answer({ id: task.id }, 'staging');
      await task.result();
      expect(texts(task).slice(1)).toEqual([answered('staging'), 'user: Be quick.']);
    } finally {
      await quiet.stop();
    }
  });
});
