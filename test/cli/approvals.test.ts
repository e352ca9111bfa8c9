/** Approvals on the command line: shown exactly, decided by id, several or all at once, and 4 without a terminal. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import type { Script } from '../support/llm-server.js';
import { LONG } from '../support/random.js';
import { until } from '../support/until.js';
import { type Bench, linesOf, openClusterBench } from './support.js';

interface Shown {
  readonly task: string;
  readonly call: string;
  readonly tool: string;
  readonly args: { readonly command: string };
}

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(config, { recursive: true });
  // With a sandbox there would be nothing to ask.
  writeFileSync(join(config, 'config.toml'), '[security]\nsandbox = "off"\n');
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
});
afterAll(() => bench.close());

const wants = (command: string): Script => ({ calls: [{ id: 'a', name: 'shell', args: { command } }] });
const model = (command: string) => bench.model(inOrder(wants(command), { content: 'Done.' }));
const made = (name: string): boolean => existsSync(join(bench.workspace, name));
const waiting = async (id?: string): Promise<Shown[]> =>
  (await bench.json<{ approvals: Shown[] }>(['approvals', ...(id ? [id] : [])])).approvals;

async function submitted(command: string): Promise<string> {
  const id = await bench.submit(model(command));
  await until(async () => (await waiting(id)).length === 1, { what: 'it waits' });
  return id;
}

test('run ends with 4 and says how to continue; approve lets the call run', async () => {
  const ran = await bench.run(['run', '--json', ...model('touch one.txt'), 'Do it']);
  expect(ran.code).toBe(4);
  const last = linesOf<{ type: string; id: string; detail: { phase: string; reason: string } }>(ran.stdout).at(-1);
  expect(last).toMatchObject({ type: 'waiting', detail: { phase: 'waiting_approval' } });
  expect(last?.detail.reason).toMatch(/^waiting for approval of call [0-9a-f]{8} \(shell\): /);
  const id = last?.id ?? '';
  expect(ran.stderr).toContain(`rookery approve ${id.slice(0, 8)}`);
  const [shown] = await waiting(id);
  expect(shown).toMatchObject({ task: id, tool: 'shell', args: { command: 'touch one.txt' } });
  const text = await bench.run(['approvals']);
  expect(text.stdout).toContain('"command": "touch one.txt"');
  expect(made('one.txt')).toBe(false);
  expect(await bench.run(['approve', id.slice(0, 8), shown?.call.slice(0, 8) ?? ''])).toMatchObject({ code: 0 });
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  expect(made('one.txt')).toBe(true);
  expect(await bench.run(['approve', id])).toMatchObject({ code: 2 });
});

test('wait and status show that a task waits, resume does not wake it, deny ends the wait with a reason', async () => {
  const id = await submitted('touch two.txt');
  expect(await bench.run(['wait', id])).toMatchObject({ code: 4 });
  expect(await bench.run(['resume', id])).toMatchObject({ code: 4 });
  expect((await bench.run(['list'])).stdout).toMatch(/^Needs you \(1\)\n.* shell · touch two\.txt /m);
  expect(await bench.run(['deny', id, '--reason', 'not today'])).toMatchObject({ code: 0 });
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  expect(made('two.txt')).toBe(false);
  expect((await bench.run(['follow', id])).stdout).toContain('not today');
});

test('--always remembers the narrowest rule: the same runs without approval, another does not', async () => {
  const id = await submitted('touch three.txt');
  const ran = await bench.run(['approve', id, '--always']);
  expect(ran.stderr).toMatch(/Remembered: run tool "shell", command "touch three\.txt"/);
  expect((await bench.run(['policy'])).stdout).toContain('touch three.txt');
  expect((await bench.run(['run', ...model('touch three.txt'), 'Again'])).code).toBe(0);
  expect((await bench.run(['run', ...model('touch four.txt'), 'Other'])).code).toBe(4);
  expect(await bench.run(['policy', 'forget', '1'])).toMatchObject({ code: 0 });
  expect((await bench.run(['run', ...model('touch three.txt'), 'Again'])).code).toBe(4);
});

test('--yes answers everything, and says so', async () => {
  const ran = await bench.run(['run', '--yes', ...model('touch five.txt'), 'Do it']);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toMatch(/--yes: calls of this task run without approval/);
  expect(made('five.txt')).toBe(true);
});

test.runIf(LONG)('what is asked shows no control characters of the model', async () => {
  const id = await submitted('printf "\u001b[2J\u202e" # \u0007');
  const shown = await bench.run(['approvals', id]);
  expect(shown.stdout).toContain('\\u{1b}[2J\\u{202e}');
  await bench.run(['deny', id]);
});

test.runIf(LONG)('--always holds for the very next call of the same task, and for what waits elsewhere', async () => {
  const again = bench.model(inOrder(wants('touch again.txt'), wants('touch again.txt'), { content: 'Done.' }));
  const id = await bench.submit(again);
  await until(async () => (await waiting(id)).length === 1, { what: 'it waits' });
  const other = await submitted('touch again.txt');
  expect(await bench.run(['approve', id, '--always'])).toMatchObject({ code: 0 });
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  expect(await bench.run(['wait', other, '--keep-waiting'])).toMatchObject({ code: 0 });
});

test.runIf(LONG)(
  'several ids: each has its result, in order, and one that fails keeps no other from being decided',
  async () => {
    const first = await submitted('touch several-1.txt');
    const ended = await bench.submit(bench.model(inOrder({ content: 'Done.' })));
    const second = await submitted('touch several-2.txt');
    expect(await bench.run(['wait', ended])).toMatchObject({ code: 0 });
    const ran = await bench.run(['approve', first, ended, second, '--json']);
    expect(ran.code).toBe(2);
    const { results } = JSON.parse(ran.stdout) as { results: Record<string, unknown>[] };
    expect(results).toMatchObject([
      { id: first, ok: true },
      { id: ended, ok: false, code: 'wrong_status' },
      { id: second, ok: true },
    ]);
    for (const id of [first, second]) expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
    expect(made('several-1.txt') && made('several-2.txt')).toBe(true);
  },
);

test.runIf(LONG)('--all decides every call that waits, those of one reply in their order', async () => {
  const calls = ['a', 'b'].map((id) => ({ id, name: 'shell', args: { command: `echo ${id} >> all.txt` } }));
  const id = await bench.submit(bench.model(inOrder({ calls }, { content: 'Done.' })));
  await until(async () => (await waiting(id)).length === 2, { what: 'both wait' });
  const other = await submitted('touch all-2.txt');
  const mine = await bench.run(['approve', id, '--all', '--json']);
  expect(mine.code, mine.stderr).toBe(0);
  expect((JSON.parse(mine.stdout) as { results: unknown[] }).results).toHaveLength(2);
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  expect(readFileSync(join(bench.workspace, 'all.txt'), 'utf8')).toBe('a\nb\n');
  await bench.run(['deny', '--all']);
  expect(await waiting()).toEqual([]);
  expect(await bench.run(['wait', other])).toMatchObject({ code: 0 });
  expect(made('all-2.txt')).toBe(false);
  expect(await bench.run(['approve'])).toMatchObject({ code: 2 });
});

test.runIf(LONG)('a call that runs for long, or has its turn later, is approved all the same', async () => {
  const gate = join(bench.workspace, 'gate');
  const commands = [`touch before.txt; until [ -e ${gate} ]; do sleep 0.1; done`, 'touch behind.txt'];
  const calls = commands.map((command, n) => ({ id: `${n}`, name: 'shell', args: { command } }));
  const id = await bench.submit(bench.model(inOrder({ calls }, { content: 'Done.' })));
  await until(async () => (await waiting(id)).length === 2, { what: 'both wait' });
  const [first, second] = await waiting(id);
  const behind = await bench.run(['approve', id, second?.call ?? '']);
  expect(behind.stdout).toContain('it runs when the calls before it are decided');
  const running = await bench.run(['approve', id, first?.call ?? '']);
  expect(running.stdout).toContain('approved: shell; it is running');
  expect([behind.code, running.code]).toEqual([0, 0]);
  // Nothing is left to decide, so it is waited for the end.
  const waited = bench.spawn(['wait', id]);
  expect(await bench.run(['follow', id, '--timeout', '2s'])).toMatchObject({ code: 124 });
  writeFileSync(gate, '');
  expect(await waited.ended).toMatchObject({ code: 0 });
  expect(made('behind.txt')).toBe(true);
});

test.runIf(LONG)('--approval-timeout is signed into the task and shown: a day and a time, or none', async () => {
  const id = await bench.submit([...model('touch long.txt'), '--approval-timeout', '72h']);
  await until(async () => (await waiting(id)).length === 1, { what: 'it waits' });
  expect((await bench.run(['approvals', id])).stdout).toMatch(/\(until \w{3} \d\d:\d\d, then it counts as denied\)/);
  const never = await bench.submit([...model('touch never.txt'), '--approval-timeout', 'none']);
  await until(async () => (await waiting(never)).length === 1, { what: 'it waits' });
  expect((await bench.run(['approvals', never])).stdout).toContain('(no time limit)');
  expect(await waiting(never)).toMatchObject([{ expires_at: null }]);
  const { detail } = await bench.json<{ detail: { waiting: unknown[] } }>(['status', never]);
  expect(detail.waiting).toMatchObject([{ kind: 'approval', until: null }]);
  expect(await bench.run(['submit', ...model('x'), '--approval-timeout', '400d', 'Do it'])).toMatchObject({ code: 2 });
  expect(await bench.run(['deny', id, never])).toMatchObject({ code: 0 });
});

describe('questions', () => {
  const asks = (args: object): string[] =>
    bench.model(inOrder({ calls: [{ id: 'a', name: 'ask_user', args }] }, { content: 'Done.' }));
  interface Asked {
    readonly question: string;
    readonly text: string;
  }
  const asked = async (id: string): Promise<Asked[]> =>
    (await bench.json<{ questions: Asked[] }>(['approvals', id])).questions;
  const heard = async (id: string): Promise<string> => (await bench.run(['follow', id, '--json'])).stdout;

  test('run ends with 4 and says how to answer; the answer may be words, a number of a choice, or stdin', async () => {
    const choices = ['staging', 'production'];
    const ran = await bench.run(['run', '--json', ...asks({ question: 'Where to?', choices }), 'Do it']);
    expect(ran.code).toBe(4);
    const last = linesOf<{ type: string; id: string; detail: object }>(ran.stdout).at(-1);
    expect(last).toMatchObject({ type: 'waiting', detail: { phase: 'waiting_question' } });
    const id = last?.id ?? '';
    expect(ran.stderr).toContain(`rookery answer ${id.slice(0, 8)}`);
    expect(await bench.run(['resume', id])).toMatchObject({ code: 4 });
    const [only] = await asked(id);
    expect(only).toMatchObject({ task: id, text: 'Where to?', choices });
    expect((await bench.run(['approvals', id])).stdout).toContain('    2: "production"');
    expect(await bench.run(['answer', id, only?.question.slice(0, 8) ?? '', '2'])).toMatchObject({ code: 0 });
    expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
    expect(await heard(id)).toContain("[the person's answer]\\nproduction");
    expect(await bench.run(['answer', id, 'again'])).toMatchObject({ code: 2 });

    const second = await bench.submit(asks({ question: 'And the name?' }));
    await until(async () => (await asked(second)).length === 1, { what: 'it asks' });
    expect(await bench.run(['answer', second, '-'], { input: 'line 1\nline 2\n' })).toMatchObject({ code: 0 });
    expect(await bench.run(['wait', second])).toMatchObject({ code: 0 });
    expect(await heard(second)).toContain('line 1\\nline 2');
  });

  test('with --no-questions the task has nobody to ask', async () => {
    const flags = [...asks({ question: 'Where to?' }), '--no-questions'];
    expect(await bench.run(['run', ...flags, 'Do it'])).toMatchObject({ code: 0 });
  });
});

test('what needs you includes tasks that wait for no call, with the command that helps', async () => {
  const id = await bench.submit(bench.model(() => ({ status: 401 })));
  expect(await bench.run(['wait', id])).toMatchObject({ code: 4 });
  const { waiting: tasks } = await bench.json<{ waiting: { task: string; phase: string; next: string }[] }>([
    'approvals',
    id,
  ]);
  expect(tasks).toMatchObject([{ task: id, phase: 'waiting_person', next: `rookery resume ${id}` }]);
  await bench.run(['cancel', id]);
});
