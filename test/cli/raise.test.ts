/** `--on-limit ask` and `rookery raise`: 4 without a terminal, in place on one, and the words of each refusal. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptedAgent } from '../support/llm-server.js';
import { onTerminal, TERMINALS } from '../support/terminal.js';
import { type Bench, linesOf, openBench } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
});
afterAll(() => bench.close());

const model = () =>
  bench.model(scriptedAgent({ iterations: 3, callFor: () => ({ name: 'list_files', args: {} }), final: 'Done.' }));
const LIMIT = ['--max-iterations', '2'];

async function limited(): Promise<string> {
  const id = await bench.submit([...model(), ...LIMIT, '--on-limit', 'ask']);
  expect(await bench.run(['wait', id])).toMatchObject({ code: 4 });
  return id;
}

test('run leaves with 4 where a limit asks, and says how to raise it; raise lets the task complete', async () => {
  const ran = await bench.run(['run', '--json', ...model(), ...LIMIT, '--on-limit', 'ask', 'Do it']);
  expect(ran.code).toBe(4);
  const last = linesOf<{ type: string; id: string; detail: object }>(ran.stdout).at(-1);
  expect(last).toMatchObject({ type: 'waiting', detail: { phase: 'waiting_limit' } });
  const id = last?.id ?? '';
  expect(ran.stderr).toContain(`rookery raise ${id.slice(0, 8)} --max-iterations 4`);
  expect(await bench.run(['resume', id])).toMatchObject({ code: 4, stdout: expect.stringContaining('rookery raise') });
  expect(await bench.run(['raise', id, '--max-iterations', '2'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is at 2 already; 2 would not raise it'),
  });
  expect(await bench.run(['raise', id.slice(0, 8), '--max-iterations', '10'])).toMatchObject({
    code: 0,
    stdout: `${id}  running: raised\n`,
  });
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  expect(bench.file(id)).toMatchObject({ status: 'Completed', iterations: 4 });
});

test('without a terminal, a notifier or the option a limit ends the task', async () => {
  const ran = await bench.run(['run', ...model(), ...LIMIT, 'Do it']);
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('Iteration limit of 2 reached') });
});

test('on_limit is a setting, and the option goes before it', async () => {
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(config, { recursive: true });
  const file = join(config, 'config.toml');
  await writeFile(file, 'on_limit = "ask"\n');
  expect((await bench.run(['run', ...model(), ...LIMIT, 'Do it'])).code).toBe(4);
  expect((await bench.run(['run', ...model(), ...LIMIT, '--on-limit', 'fail', 'Do it'])).code).toBe(1);
  await writeFile(file, '');
});

test.each([
  ['tells only of failures', 'command = ["/bin/true"]\nevents = ["failed"]'],
  ['has no secret', 'webhook = { url = "https://hooks.example.com/", secret_env = "NOT_SET" }'],
])('a notifier that %s is none: submit does not ask at a limit', async (_, table) => {
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'config.toml'), `[notify]\n${table}\n`);
  try {
    const signed = await bench.json<{ on_limit?: string }>(['sign', ...model(), ...LIMIT, 'Do it']);
    expect(signed.on_limit).toBeUndefined();
  } finally {
    await writeFile(join(config, 'config.toml'), '');
  }
});

test('where a notifier tells the person, submit asks at a limit; a project has no say in it', async () => {
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(config, { recursive: true });
  const signed = async () => bench.json<{ on_limit?: string }>(['sign', ...model(), ...LIMIT, 'Do it']);
  expect((await signed()).on_limit).toBeUndefined();
  await writeFile(join(config, 'config.toml'), '[notify]\ncommand = ["/bin/true"]\n');
  try {
    const id = await bench.submit([...model(), ...LIMIT]);
    expect(await bench.run(['wait', id])).toMatchObject({ code: 4 });
    expect(await bench.json(['status', id])).toMatchObject({ detail: { phase: 'waiting_limit' } });
  } finally {
    await writeFile(join(config, 'config.toml'), '');
  }
});

test('--json has the results', async () => {
  const id = await limited();
  const raised = await bench.json(['raise', id, '--max-iterations', '10', '--max-total-tokens', '5000000']);
  expect(raised).toStrictEqual({ results: [{ id, ok: true, status: 'Running', message: 'raised' }] });
});

test.each([
  ['no limit', [], 'raise needs a limit. Give --max-iterations, --max-total-tokens, --max-cost or --max-time.'],
  ['no number', ['--max-iterations', 'many'], '--max-iterations takes a whole number above 0'],
  ['no amount', ['--max-cost', 'much'], '--max-cost takes an amount of US dollars above 0'],
  ['no duration', ['--max-time', 'long'], '--max-time takes a duration'],
])('%s is refused with 2', async (_, words, says) => {
  const ran = await bench.run(['raise', randomUUID(), ...words]);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(says);
});

test('another word than fail or ask is refused with 2', async () => {
  const ran = await bench.run(['submit', ...model(), '--on-limit', 'stop', 'Do it']);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
});

describe.skipIf(!TERMINALS)('on a terminal', () => {
  const DOWN = '\u001b[B';
  const run = (...typed: readonly (readonly [string, string])[]) =>
    onTerminal(bench, ['run', ...model(), ...LIMIT, 'Do it'], { typed, splitOutput: true });

  test('run asks in place, raises by the number that is typed, and continues with the answer', async () => {
    const { code, shown, stdout } = await run(
      ['Raise this limit?', '\r'],
      ['By how many iterations?', '1\r'],
      ['Raise this limit?', '\r'],
      ['By how many iterations?', '5\r'],
    );
    expect(shown).toContain('Iteration limit of 2 reached');
    expect(shown).toContain('Iteration limit of 3 reached');
    expect(stdout).toBe('Done.\n');
    expect(code).toBe(0);
  });

  test('to end the task there cancels it', async () => {
    const { code } = await run(['Raise this limit?', `${DOWN}\r`]);
    expect(code).toBe(3);
  });

  test('to decide later ends with 4, and the task keeps waiting', async () => {
    const { code } = await run(['Raise this limit?', `${DOWN}${DOWN}\r`]);
    expect(code).toBe(4);
  });
});
