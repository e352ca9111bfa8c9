/** The command with a task queue and a codec of the user: both reach the worker, and only the codec reads the history. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StatusObject } from '../../src/manager/status-object.js';
import { inOrder } from '../support/book.js';
import { type Bench, openBench, openClusterBench } from './support.js';

const CODEC = resolve('test/support/encrypting-codec.mjs');

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
});
afterAll(() => bench.close());

test('a task runs on the given queue with the codec, and its status is read with it', async () => {
  const flags = bench.model(inOrder({ status: 401 }));
  const id = await bench.submit(['--codec', CODEC, '--task-queue', 'my-team', ...flags]);
  const waiting = await bench.run(['follow', id, '--codec', CODEC]);
  expect(waiting.code, waiting.stderr).toBe(4);
  // The worker of this work directory tells the queue.
  const status = await bench.json<StatusObject>(['status', id, '--codec', CODEC]);
  expect(status).toMatchObject({ status: 'Running', detail: { phase: 'waiting_person', source: 'temporal' } });
  expect(status.detail.workflow?.task_queue).toBe('my-team');
  const listed = await bench.json<{ tasks: StatusObject[] }>(['list'], { env: { ROOKERY_CODEC: CODEC } });
  expect(listed.tasks).toMatchObject([{ id, detail: { phase: 'waiting_person' } }]);
  expect((await bench.run(['cancel', id, '--codec', CODEC])).code).toBe(0);
});

test('another queue than that of the running worker is refused, when no worker polls it', async () => {
  const ran = await bench.run([
    'submit',
    '--task-queue',
    'nobody-polls',
    ...bench.model(inOrder({ content: 'x' })),
    'x',
  ]);
  expect(ran.code).toBe(6);
  expect(ran.stderr).toMatch(/polls task queue 'my-team', not 'nobody-polls'/);
});

test('the embedded server is asked with the codec too; without it the list shows the task, and status names the option', async () => {
  const own = await openBench();
  try {
    const id = await own.submit(['--codec', CODEC, ...own.model(inOrder({ status: 401 }))]);
    expect((await own.run(['follow', id, '--codec', CODEC])).code).toBe(4);
    const { detail } = await own.json<StatusObject>(['status', id, '--codec', CODEC]);
    expect(detail).toMatchObject({ phase: 'waiting_person', source: 'temporal' });
    const without = await own.run(['status', id]);
    expect(without).toMatchObject({ code: 6, stderr: expect.stringMatching(/'binary\/encrypted'[\s\S]*--codec/) });
    const { tasks } = await own.json<{ tasks: StatusObject[] }>(['list']);
    expect(tasks).toMatchObject([{ id, detail: { source: 'temporal' } }]);
    await own.run(['down']);
  } finally {
    await own.close();
  }
});

test.each([
  ['none', undefined, /There is no codec module/],
  ['one that does not load', 'export const x = ;', /cannot be loaded/],
  ['one that exports none', 'export const x = 1;', /exports neither a payload codec nor a data converter/],
])('a codec module is named when it is wrong: %s', async (_, text, message) => {
  if (text !== undefined) writeFileSync(join(bench.workspace, 'codec.mjs'), text);
  const ran = await bench.run(['status', 'abcd', '--codec', 'codec.mjs']);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(message)]);
});
