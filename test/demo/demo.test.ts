/** The first run of a newcomer, without any key: the demo model tells the truth about files that it has not seen before. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StatusObject } from '../../src/manager/status-object.js';
import { type Bench, linesOf, openBench, type Ran } from '../cli/support.js';
import { type Chance, chance, SEEDS } from '../support/random.js';

const seed = SEEDS[1] ?? 2;
const random = chance(seed);

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const PROMPT = 'Tell me what is in this directory.';
const run = (): Promise<Ran> => bench.run(['run', '--json', PROMPT]);

test(`names the true number of lines of each of 12 random files (seed ${seed}), and one more when one is added`, async () => {
  const files = new Map(Array.from({ length: 12 }, () => randomFile(random)));
  for (const [name, lines] of files) await write(name, lines);
  const first = endOf(await run());
  expect(first).toMatchObject({ status: 'Completed', provider: 'demo', model: 'demo' });
  expect(bench.file(first.id)).toMatchObject({ status: 'Completed', provider: 'demo', result: first.result });
  expect(first.iterations).toBeGreaterThanOrEqual(3);
  const sum = [...files.values()].reduce((total, lines) => total + lines, 0);
  expect(first.result).toContain(`Read: 12 files with ${sum} lines in all.`);
  expectEach(first.result, files);

  const [name, lines] = randomFile(random);
  await write(name, lines);
  files.set(name, lines);
  const second = endOf(await run());
  expect(second.result).toContain(`Read: 13 files with ${sum + lines} lines in all.`);
  expectEach(second.result, files);
});

test('says on stderr and in the answer that it is not an AI, and prints the answer on stdout', async () => {
  const ran = await bench.run(['run', PROMPT]);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain('No API key and no Ollama found. Using the built-in demo model: it is not an AI');
  expect(ran.stdout).toMatch(/^This answer comes from the built-in demo model\. No AI wrote it/);
});

// ---

function endOf(ran: Ran): StatusObject {
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return linesOf<StatusObject>(ran.stdout).at(-1) as StatusObject;
}

/** Name and number of lines. */
function randomFile({ below, pick }: Chance): [string, number] {
  const letters = Array.from({ length: 6 }, () => String.fromCharCode(97 + below(26))).join('');
  return [`${letters}-${below(1000)}.${pick(['txt', 'md', 'csv', 'py'])}`, 1 + below(400)];
}

async function write(name: string, lines: number): Promise<void> {
  const text = Array.from({ length: lines }, (_, n) => `line ${n} of ${name}\n`).join('');
  await writeFile(join(bench.workspace, name), text);
}

function expectEach(digest: string | null, files: ReadonlyMap<string, number>): void {
  for (const [name, lines] of files) {
    expect(digest).toContain(`${name}: ${lines} line${lines === 1 ? '' : 's'}`);
  }
  expect((digest ?? '').split('\n').length).toBeLessThanOrEqual(8);
}
