/** The command on a computer that has none of the files: it says what the host says that has them. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Listed } from '../../src/manager/list.js';
import type { StatusObject } from '../../src/manager/status-object.js';
import { inOrder } from '../support/book.js';
import { until } from '../support/until.js';
import { type Bench, openBench, openClusterBench } from './support.js';

let host: Bench;
let laptop: Bench;
let id: string;
let name: string;
beforeAll(async () => {
  host = await openClusterBench();
  const { TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = '' } = host.env;
  laptop = await openBench({ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE });
  id = await host.submit(
    host.model(inOrder({ calls: [{ id: 'a', name: 'list_files', args: {} }] }, { content: 'Done.' })),
  );
  expect((await host.run(['wait', id])).code).toBe(0);
  name = (await host.json<StatusObject>(['status', id])).detail.host ?? '';
  const listed = async () => (await laptop.json<Listed>(['list'])).tasks[0]?.iterations === 2;
  await until(listed, { what: 'visibility has the end' });
});
afterAll(async () => {
  await Promise.all([host.close(), laptop.close()]);
});

test('list has the task, and a column for its host where that is another one', async () => {
  const [own, theirs] = await Promise.all([host.run(['list']), laptop.run(['list'])]);
  const cellsOf = (text: string): string[] => (text.split('\n')[2] ?? '').split(/ {2,}/);
  expect(own.stdout).not.toContain('HOST');
  expect(theirs.stdout.split('\n')[0]).toMatch(/^ID +HOST +AGE +PROMPT +WHY +ITER +TOKENS +COST$/);
  const [task, age, prompt, , ...counts] = cellsOf(own.stdout);
  // What it has answered is in its files alone.
  expect(cellsOf(theirs.stdout)).toEqual([task, name, age, prompt, ...counts]);
});

test('status says the same, and where the files are', async () => {
  const [own, theirs] = await Promise.all([host.run(['status', id]), laptop.run(['status', id.slice(0, 8)])]);
  expect(own.stdout).toContain(`host       ${name} (this host)`);
  expect(theirs.stdout).toBe(own.stdout.replace('(this host)', '(its files are there)'));
});

test('wait and follow know its end', async () => {
  expect(await laptop.run(['wait', id])).toMatchObject({ code: 0 });
  expect((await laptop.run(['follow', id])).stdout).toBe((await host.run(['follow', id])).stdout);
});

test('mirror compares nothing of other hosts, and writes it only when it is told to', async () => {
  const verified = await laptop.run(['mirror', 'verify']);
  expect(verified).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`not compared: its files are on ${name}`),
  });
  expect(await laptop.run(['mirror', 'rebuild', id])).toMatchObject({ code: 0 });
  expect(existsSync(laptop.paths.task(id))).toBe(false);
  // Without the key of the cluster nothing of it is believed.
  const refused = await laptop.run(['mirror', 'rebuild', '--all-hosts']);
  expect(refused.stdout).toContain('its start is not signed with the key here');
  expect(existsSync(laptop.paths.task(id))).toBe(false);
  const env = { ROOKERY_SIGNING_KEY_FILE: host.paths.signingKey };
  expect(await laptop.run(['mirror', 'rebuild', '--all-hosts'], { env })).toMatchObject({ code: 0 });
  expect(readFileSync(laptop.paths.task(id), 'utf8')).toBe(readFileSync(host.paths.task(id), 'utf8'));
  expect(await host.run(['mirror', 'verify'])).toMatchObject({ code: 0 });
});
