/** A model that makes the same call with the same result again and again: told once, and then a person is asked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MEMO_PHASE, SIGNALS } from '../../src/domain/protocol.js';
import { inOrder } from '../support/book.js';
import { scheduledBy } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import type { LlmRequest } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  writeFileSync(join(rig.workspace, 'page.txt'), 'always the same\n');
});
afterAll(() => rig.stop());

const read = { id: 'a', name: 'read_file', args: { path: 'page.txt' } };
const NOTE = 'You have made the same call 5 times in a row with the same result';
const notes = ({ messages }: LlmRequest): number => JSON.stringify(messages).split(NOTE).length - 1;

function waits(task: Task): Promise<string> {
  return until(
    async () => {
      const { phase, reason } = await task.status();
      return phase === 'waiting_person' && reason;
    },
    { what: 'the task waits for a person' },
  ) as Promise<string>;
}

test('told once after five, in request and record; after ten the task waits for a person, and a resume continues', async () => {
  let stubborn = true;
  const task = await rig.start(() => (stubborn ? { calls: [read] } : { content: 'Enough.' }));
  const reason = await waits(task);
  expect(reason).toContain('The model repeats the same call with the same result: read_file {"path":"page.txt"}');
  expect(reason).toContain(`rookery resume ${task.id}`);
  expect((await task.handle.describe()).memo?.[MEMO_PHASE]).toMatchObject({ phase: 'waiting_person' });
  expect(task.requests().map(notes)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  const told = (await task.transcript()).filter(({ role, content }) => role === 'user' && content.includes(NOTE));
  expect(told).toHaveLength(1);

  await task.handle.signal(SIGNALS.resume);
  await until(() => task.requests().length === 20, { what: 'ten more' });
  await until(async () => (await waits(task)) !== '' && (await task.status()).record.iterations === 20, {
    what: 'again',
  });
  stubborn = false;
  await task.handle.signal(SIGNALS.resume);
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Enough.', iterations: 21 });
});

test('a worker that starts does not let it continue: only a person does', async () => {
  const task = await rig.start(inOrder({ calls: [read] }));
  await waits(task);
  const tries = async () =>
    (await scheduledBy(rig.client, task.id)).filter(({ activity }) => activity === 'iterate').length;
  const before = await tries();
  const worker = await rig.startWorker();
  await until(async () => (await tries()) > before, { what: 'the new worker has woken it' });
  await waits(task);
  expect(task.requests()).toHaveLength(10);
  await worker.stop();
});

test('calls that are activities are counted alike', async () => {
  const call = { id: 'b', name: 'shell', args: { command: 'echo same; echo again >> ledger.txt' } };
  const task = await rig.start(inOrder({ calls: [call] }), { allow: ['shell'] });
  expect(await waits(task)).toContain('shell {"command":');
  expect(readLedger(rig.workspace).filter((line) => line === 'again')).toHaveLength(10);
  expect(task.requests()).toHaveLength(10);
});

test('another result or another call in between is no repetition', async () => {
  let n = 0;
  const task = await rig.start(
    () => {
      n++;
      if (n > 24) return { content: 'Done.' };
      if (n > 12) return { calls: [n % 4 === 0 ? { ...read, args: { path: './page.txt' } } : read] };
      return { calls: [{ id: 'c', ...ledgerCall(`line ${n}`, 'wc -l ledger.txt') }] };
    },
    { allow: ['shell'], limits: { max_iterations: 30 } },
  );
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 25 });
  expect(task.requests().map(notes)).toEqual(Array(25).fill(0));
});

test('a message of the person lets it continue as well, with other words', async () => {
  let stubborn = true;
  const task = await rig.start(() => (stubborn ? { calls: [read] } : { content: 'Enough.' }));
  await waits(task);
  stubborn = false;
  await task.handle.signal(SIGNALS.message, { id: 'm', text: 'Look at the other page.' });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Enough.', iterations: 11 });
  expect(task.requests().at(-1)?.messages.at(-1)).toMatchObject({ role: 'user', content: 'Look at the other page.' });
});
