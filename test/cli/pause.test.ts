/** `rookery pause` and `unpause`: a line each, one exit code for all, and every task with --all. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { gateIn } from '../support/gate.js';
import { type Bench, openBench } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
});
afterAll(() => bench.close());

async function standing() {
  const gate = gateIn(bench, randomUUID());
  const id = await bench.submit([...bench.model(inOrder(gate.reply, { content: 'Done.' })), '--allow', 'shell']);
  await gate.reached();
  return { id, gate };
}

test('a paused task says so everywhere, and is left with 4; unpaused it completes', async () => {
  const { id, gate } = await standing();
  const ran = await bench.run(['pause', id.slice(0, 8), '--reason', 'wait for me']);
  expect(ran).toMatchObject({ code: 0, stdout: `${id}  running: accepted; it stops before its next step\n` });
  gate.open();
  expect(await bench.run(['wait', id])).toMatchObject({ code: 4 });
  expect((await bench.run(['status', id])).stdout).toMatch(/^phase +paused: .*wait for me/m);
  expect(await bench.run(['follow', id])).toMatchObject({ code: 4 });
  expect(await bench.run(['resume', id])).toMatchObject({
    code: 4,
    stdout: `${id}  running: it is paused: rookery unpause ${id}\n`,
  });
  expect(await bench.json(['unpause', id])).toStrictEqual({
    results: [{ id, ok: true, status: 'Running', message: 'unpaused' }],
  });
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  expect(await bench.run(['pause', id])).toMatchObject({ code: 2, stderr: expect.stringContaining('it has ended') });
});

test('--all takes every task that has not ended', async () => {
  const tasks = [await standing(), await standing()];
  const ids = tasks.map(({ id }) => id).sort();
  const { results } = await bench.json<{ results: { id: string }[] }>(['pause', '--all']);
  expect(results.map(({ id }) => id).sort()).toEqual(ids);
  for (const { gate } of tasks) gate.open();
  expect(await bench.run(['wait', ...ids])).toMatchObject({ code: 4 });
  const lifted = await bench.run(['unpause', '--all']);
  expect(lifted.stdout.trim().split('\n').sort()).toEqual(ids.map((id) => `${id}  running: unpaused`));
  expect(await bench.run(['wait', ...ids])).toMatchObject({ code: 0 });
  expect(await bench.run(['unpause', '--all'])).toMatchObject({ code: 0, stdout: '', stderr: 'No task is paused.\n' });
});

describe.each(['pause', 'unpause'])('%s', (verb) => {
  test.each([
    ['neither an id nor --all', []],
    ['both ids and --all', ['abcd', '--all']],
  ])('refuses %s', async (what, words) => {
    const ran = await bench.run([verb, ...words]);
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: `${verb} was given ${what}. Give ids, or --all.\n` });
  });

  test('a task that is not there is 5', async () => {
    expect(await bench.run([verb, randomUUID()])).toMatchObject({ code: 5 });
  });
});
