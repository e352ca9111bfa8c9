/** However many callers ask, and whenever: an unfinished task of RavenClaws is started once, and a dry run touches nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig } from '../support/rig.js';
import { type Adopt, adoptWith, settingsFor } from './adopting.js';
import { put, type TheirMessage, theirCheckpoint, theirTask } from './ravenclaws.js';

const ANSWER = { content: 'FINAL: It is 2026.' };

let rig: Rig;
let manager: BackgroundTaskManager;
let adopt: Adopt;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
  adopt = adoptWith(rig, manager);
});
afterAll(() => rig.stop());

let next = 0;
let id: string;
beforeEach(() => {
  id = `theirs-${++next}`;
});

const ROUND: TheirMessage[] = [
  { role: 'system', content: 'You are an agent.' },
  { role: 'user', content: 'Count the Bäume.' },
  { role: 'assistant', content: 'TOOL_CALL: shell_exec\nARGS: {"command":"ls"}' },
  { role: 'user', content: 'OBSERVATION: oak\nlime\n' },
];

/** Every file in a directory tree with its text. */
function everything(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}

describe('exactly once', () => {
  test('two managers that resume at the same moment start one workflow', async () => {
    put(rig.paths, theirTask(id), theirCheckpoint(id, 0, ROUND));
    const settings = settingsFor(rig, inOrder({ ...ANSWER, delayMs: 300 }));
    const managers = [manager, await managerOf(rig)];
    const outcomes = await Promise.all(managers.map((one) => one.resume(id, { adopt: async () => settings })));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
    // One of them adopted it; the other says that it runs.
    expect(outcomes.map(({ message }) => message).sort()).toEqual([
      'adopted from its checkpoint at iteration 1',
      'it is already running',
    ]);
    const task = rig.task(id, settings.model);
    await task.result();
    expect(task.requests()).toHaveLength(1);
    expect(task.file()).toMatchObject({ status: 'Completed', iterations: 2 });
  });

  test('a task that another manager resumed and that ended in between is never started again', async () => {
    put(rig.paths, theirTask(id), theirCheckpoint(id, 0, ROUND));
    const other = await managerOf(rig);
    const settings = settingsFor(rig, inOrder(ANSWER));
    const task = rig.task(id, settings.model);
    const slow = manager.resume(id, {
      adopt: async () => {
        await other.resume(id, { adopt: async () => settings });
        await task.result();
        return settings;
      },
    });
    await expect(slow).rejects.toThrow(`Task '${id}' cannot be resumed in status 'completed'`);
    expect(task.requests()).toHaveLength(1);
  });

  test('a file that says Running although its workflow has ended is repaired, never started again', async () => {
    put(rig.paths, theirTask(id));
    const task = await adopt(id, inOrder(ANSWER));
    await task.result();
    put(rig.paths, theirTask(id));
    expect(await manager.resume(id)).toMatchObject({
      ok: true,
      status: 'Completed',
      message: 'the workflow had ended; its file was repaired',
    });
    expect(task.file()).toMatchObject({ status: 'Completed', result: 'It is 2026.' });
    expect(task.requests()).toHaveLength(1);
  });
});

test('resumeIncomplete takes every Pending and Running file, and no other', async () => {
  const own = await startRig();
  const all = await managerOf(own);
  const model = own.book.add(() => ANSWER);
  const settings = { provider: 'litellm', model, endpoint: own.book.url, endpoint_origin: 'user' as const };
  for (const status of ['Pending', 'Running', 'Completed', 'Failed', 'Cancelled'] as const) {
    put(own.paths, theirTask(status.toLowerCase(), { status }));
  }
  const outcomes = await all.resumeIncomplete({ adopt: async () => settings });
  expect(outcomes.map(({ id: taken, ok }) => [taken, ok]).sort()).toEqual([
    ['pending', true],
    ['running', true],
  ]);
  for (const taken of ['pending', 'running']) {
    expect(await own.task(taken).result()).toMatchObject({ status: 'Completed' });
  }
  await own.stop();
});

test('--dry-run says what would happen, and writes nothing', async () => {
  const own = await startRig({ worker: false });
  const all = await managerOf(own);
  put(own.paths, theirTask('one'), theirCheckpoint('one', 4, ROUND));
  put(own.paths, theirTask('two', { provider: 'watsonx' }));
  const { id: third } = await all.submit('Ours, not started.', { start: false });
  const before = everything(own.paths.workdir);
  const outcomes = await all.resumeIncomplete({ dryRun: true });
  expect(everything(own.paths.workdir)).toEqual(before);
  expect(new Map(outcomes.map(({ id: of, message }) => [of, message]))).toEqual(
    new Map([
      ['one', 'would be adopted from its checkpoint at iteration 5'],
      ['two', "It ran on 'watsonx', which is not a provider here; the task is not changed"],
      [third, 'would be started'],
    ]),
  );
  for (const of of ['one', 'two', third]) {
    await expect(own.client.workflow.getHandle(of).describe()).rejects.toThrow(/not found/i);
  }
  await own.stop();
});
