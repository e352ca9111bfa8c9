/** User tools, from a file to an answer: the background worker gets them, restarts for others, and the policy holds. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { type Bench, openClusterBench } from './support.js';

const tool = (name: string, effect: string, body: string): string => `
import { defineTool } from 'rookery';
import { z } from 'zod';
const answer: string = ${body};
export const ${name} = defineTool({
  name: '${name}', description: 'Of the test.', input: z.strictObject({ n: z.int() }), effect: '${effect}',
  async run({ n }) { return { outcome: 'ok', content: answer + n }; },
});
`;

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
  writeFileSync(join(bench.workspace, 'read.ts'), tool('look_up', 'read', "'customer '"));
  writeFileSync(join(bench.workspace, 'act.ts'), tool('order', 'network', "'ordered '"));
  writeFileSync(join(bench.workspace, 'broken.ts'), 'export const x = ;');
});
afterAll(() => bench.close());

const calls = (name: string) =>
  bench.model(inOrder({ calls: [{ id: 'a', name, args: { n: 7 } }] }, { content: 'Done.' }));
const told = (flags: readonly string[]): string => {
  const requests = bench.book.requestsOf(flags[flags.indexOf('--model') + 1] ?? '');
  return String(requests.at(-1)?.messages.at(-1)?.content);
};

test('one that only reads runs, and a worker that lacks one restarts with it', async () => {
  const first = calls('look_up');
  const ran = await bench.run(['run', '--tools', 'read.ts', ...first, 'Look']);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(told(first)).toBe('customer 7');
  const second = calls('order');
  const asked = await bench.run(['run', '--tools', 'act.ts', ...second, 'Order']);
  expect(asked.code, asked.stderr).toBe(4);
  expect(asked.stderr).toMatch(/Restarting the worker with the requested tools/);
  const third = calls('order');
  const allowed = await bench.run(['run', '--tools', 'act.ts', '--allow', 'order', ...third, 'Order']);
  expect(allowed.code, allowed.stderr).toBe(0);
  expect(told(third)).toMatch(/^\[from order: untrusted content\. .*\]\nordered 7$/s);
  // Those of before are still there.
  const fourth = calls('look_up');
  expect((await bench.run(['run', ...fourth, 'Look'])).code).toBe(0);
  expect(told(fourth)).toBe('customer 7');
});

test('a file that cannot be loaded is reported at the start, with its place, and the running worker continues', async () => {
  const before = (await bench.run(['doctor'])).stdout;
  const ran = await bench.run(['run', '--tools', 'broken.ts', ...calls('look_up'), 'Look']);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/broken\.ts cannot be loaded: .*\d/);
  const process = /worker +process \d+/;
  expect(process.exec((await bench.run(['doctor'])).stdout)?.[0]).toBe(process.exec(before)?.[0]);
});
