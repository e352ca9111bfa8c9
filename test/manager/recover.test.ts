/** Continuing tasks after the loss of the database, once more: what an earlier repair has continued is no failure. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig } from '../support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

test('a task that runs and waits for an answer is left alone, and not named as one that was not continued', async () => {
  const manager = await managerOf(rig);
  const ask = { id: 'ask', name: 'ask_user', args: { question: 'Which colour?' } };
  const task = await rig.start(() => ({ calls: [ask] }));
  await expect.poll(async () => (await manager.status(task.id)).detail.phase).toBe('waiting_question');
  const adopt = () => Promise.reject(new Error('nothing is to be adopted'));
  expect(await manager.recover(adopt)).toMatchObject({ results: [], paused: [] });
});
