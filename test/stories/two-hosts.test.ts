/** Two hosts on one queue, each with files and a workspace of its own: a task stays with the host that has them. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scheduledBy } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';

let here: Rig;
let there: Rig;
beforeAll(async () => {
  here = await startRig();
  const { namespace, paths, book } = here;
  there = await startRig({ namespace, book, plugin: { signingKeyFile: paths.signingKey } });
  writeFileSync(join(here.workspace, 'name.txt'), 'this is here\n');
  writeFileSync(join(there.workspace, 'name.txt'), 'this is there\n');
});
afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
});

const reader = scriptedAgent({
  iterations: 9,
  callFor: () => ({ name: 'read_file', args: { path: 'name.txt' } }),
  final: 'Done.',
});

async function found(task: Task): Promise<Set<string>> {
  const tools = (await task.transcript()).filter(({ role }) => role === 'tool');
  expect(tools).toHaveLength(9);
  return new Set(tools.map(({ content }) => content.split('\n')[1] ?? ''));
}

test('a task that is bound to a host reads there and has its files there, whichever worker is asked first', async () => {
  const tasks = await Promise.all(Array.from({ length: 8 }, () => here.start(reader, { host: here.plugin.host })));
  for (const task of tasks) {
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 10 });
    expect(await found(task)).toEqual(new Set(['this is here']));
    expect(task.file()).toMatchObject({ status: 'Completed', iterations: 10 });
    expect(existsSync(there.paths.task(task.id))).toBe(false);
    expect(task.requests()).toHaveLength(10);
  }
});

test('a task that is bound to none stays with the host that took it first', async () => {
  const tasks = await Promise.all(Array.from({ length: 8 }, () => here.start(reader)));
  for (const task of tasks) {
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 10 });
    expect((await found(task)).size).toBe(1);
    const places = [here, there].filter(({ paths }) => existsSync(paths.task(task.id)));
    expect(places).toHaveLength(1);
    expect(await found(task)).toEqual(new Set([places[0] === here ? 'this is here' : 'this is there']));
  }
});

test('an unsafe tool runs on its host, once', async () => {
  const script = scriptedAgent({ iterations: 6, callFor: (n) => ledgerCall(`call ${n}`), final: 'Done.' });
  const task = await here.start(script, { host: here.plugin.host, allow: ['shell'] });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 7 });
  expect(readLedger(here.workspace)).toEqual(Array.from({ length: 6 }, (_, n) => `call ${n}`));
});

test('a task whose host is not there moves to the host that takes it, and stays there', async () => {
  const absentHost = 'rookery@00000000';
  const task = await here.start(reader, { host: absentHost });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 10 });
  expect((await found(task)).size).toBe(1);
  const [place, ...others] = [here, there].filter(({ paths }) => existsSync(paths.task(task.id)));
  expect(others).toEqual([]);
  expect((await task.status()).host).toBe(place?.plugin.host);
  const scheduled = await scheduledBy(here.client, task.id);
  const queues = scheduled.filter(({ activity }) => activity === 'iterate').map(({ queue }) => queue);
  // After two seconds any worker may have it; from then on it goes by the queue of that one.
  expect(queues.slice(0, 3)).toEqual(['rookery', absentHost, 'rookery']);
  expect(new Set(queues.slice(-9))).toEqual(new Set([place?.plugin.host]));
});
