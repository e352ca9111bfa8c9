/** The verbs that go on with a task: what they print, their JSON and exit codes, and what they refuse at the door. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Forked } from '../../src/manager/fork.js';
import type { Listed } from '../../src/manager/list.js';
import type { Rerun } from '../../src/manager/rerun.js';
import type { StatusObject } from '../../src/manager/status-object.js';
import { scriptedAgent } from '../support/llm-server.js';
import { expectStatus } from './schemas.js';
import { type Bench, openBench } from './support.js';

let bench: Bench;
/** A task that has failed at its limit of two iterations. */
let failed: string;
let model: string;

beforeAll(async () => {
  bench = await openBench();
  const agent = bench.model(
    scriptedAgent({
      iterations: 2,
      callFor: (n) => ({ name: 'write_file', args: { path: `step-${n}.txt`, content: `${n}` } }),
      final: 'All done.',
    }),
  );
  model = agent[agent.indexOf('--model') + 1] ?? '';
  failed = await bench.submit([...agent, '--allow', 'write', '--max-iterations', '2']);
  expect((await bench.run(['wait', failed])).code).toBe(1);
});
afterAll(() => bench.close());

test('retry without a higher limit is refused, and names the flag', async () => {
  const ran = await bench.run(['retry', failed]);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(
    `${failed}: The task would end at once: Iteration limit of 2 reached; give a higher --max-iterations, such as 4`,
  );
  expect((await bench.run(['retry'])).code).toBe(2);
  expect((await bench.run(['retry', failed, '--failed'])).code).toBe(2);
});

test('resume of an ended task names the verbs that go on with it', async () => {
  const ran = await bench.run(['resume', failed]);
  expect(ran.code).toBe(2);
  for (const verb of ['retry', 'send', 'rerun', 'fork']) expect(ran.stderr).toContain(`rookery ${verb} ${failed}`);
});

test('fork prints the id, and on stderr what stays done', async () => {
  const [whole, ran] = [
    await bench.json<Forked>(['fork', failed, '--from', '1', '--max-iterations', '9']),
    await bench.run(['fork', failed.slice(0, 8), '--from', '1', '--prompt', 'Now stop.', '--max-iterations', '9']),
  ];
  expect(whole).toMatchObject({ from: { id: failed, iteration: 1 }, lost: null });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
  expect((await bench.run(['wait', whole.id, ran.stdout.trim()])).code).toBe(0);
  const { detail } = await bench.json<StatusObject>(['status', failed]);
  expect(detail.children.map(({ id }) => id)).toEqual([whole.id, ran.stdout.trim()]);
  expect((await bench.run(['fork', failed, '--from', 'x'])).code).toBe(2);
  expect((await bench.run(['fork', failed, '--from', '7'])).code).toBe(2);
});

test('retry with a higher limit continues the task, under its id', async () => {
  const ran = await bench.run(['retry', '--failed', '--max-iterations', '5']);
  expect(ran).toMatchObject({ code: 0, stdout: `${failed}  running: continues from iteration 2\n` });
  expect((await bench.run(['wait', failed])).code).toBe(0);
  const status = await bench.json<StatusObject>(['status', failed]);
  expectStatus(status);
  expect(status).toMatchObject({ status: 'Completed', result: 'All done.', iterations: 3 });
  expect((await bench.run(['status', failed])).stdout).toContain('from       retry of its run before, iteration 2');
  const { tasks } = await bench.json<Listed>(['list']);
  expect(tasks.filter(({ id }) => id === failed)).toMatchObject([{ status: 'Completed' }]);
  expect((await bench.run(['retry', failed])).stderr).toContain('is completed');
});

test('rerun submits the same input again', async () => {
  const again = await bench.json<Rerun>(['rerun', failed]);
  expect(again).toMatchObject({ from: { id: failed, iteration: 0 }, effects: [] });
  expect((await bench.run(['wait', again.id])).code).toBe(0);
  expect(bench.file(again.id)).toMatchObject({ status: 'Completed', iterations: 3 });
});

test('rerun says when another task is open in the same workspace, and takes what the person allows it to ask', async () => {
  const other = await bench.submit(bench.model(() => ({ hang: true })));
  const asksLast = (): boolean => JSON.stringify(bench.book.requestsOf(model).at(-1)?.tools).includes('ask_user');
  expect(asksLast()).toBe(true);
  const ran = await bench.run(['rerun', failed, '--no-questions']);
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining(`Task ${other.slice(0, 8)} is open in`) });
  expect((await bench.run(['wait', ran.stdout.trim()])).code).toBe(0);
  expect(asksLast()).toBe(false);
  expect((await bench.run(['rerun', failed, '--schema', 'x.json'])).code).toBe(2);
  await bench.run(['cancel', other]);
});
