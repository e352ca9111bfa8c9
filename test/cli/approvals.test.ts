/** Approvals on the command line: shown exactly, decided by id, asked in place on a terminal, and 4 without a terminal. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import type { Script } from '../support/llm-server.js';
import { until } from '../support/until.js';
import { type Bench, linesOf, MAIN, openClusterBench } from './support.js';

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
  expect(ran.stderr).toContain(`rookery approve ${id}`);
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

test('what is asked shows no control characters of the model', async () => {
  const id = await submitted('printf "\u001b[2J\u202e" # \u0007');
  const shown = await bench.run(['approvals', id]);
  expect(shown.stdout).toContain('\\u{1b}[2J\\u{202e}');
  await bench.run(['deny', id]);
});

const script = hasScript();
describe.skipIf(!script)(`on a terminal${script ? '' : ' (skipped: there is no `script` of util-linux)'}`, () => {
  /** Types the keys when the question stands there; both streams as the terminal gets them. */
  async function answered(command: string, keys: string): Promise<{ code: number | null; shown: string }> {
    const log = join(bench.root, `stdout-${Math.random()}`);
    const words = [process.execPath, MAIN, 'run', ...model(command), 'Do', 'it'].join(' ');
    const child = spawn('script', ['-qec', `stty cols 120 rows 40; ${words} > ${log}`, '/dev/null'], {
      env: { ...bench.env, TERM: 'xterm' },
      cwd: bench.workspace,
      stdio: 'pipe',
    });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      shown += piece;
    });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    await until(() => shown.includes('Approve this call?'), { what: 'it asks' });
    child.stdin.write(keys);
    const code = await ended;
    return { code, shown: `${shown}\n--- stdout\n${readFileSync(log, 'utf8')}` };
  }
  const UP = '\u001b[A';

  test('run asks in place, rings the bell, and continues with the answer; stdout holds the answer alone', async () => {
    const { code, shown } = await answered('touch six.txt', `${UP}${UP}\r`);
    expect(shown).toContain('"command": "touch six.txt"');
    expect(shown).toContain('\u0007');
    expect(shown.split('--- stdout\n')[1]).toBe('Done.\n');
    expect(code).toBe(0);
    expect(made('six.txt')).toBe(true);
  });

  test('to decide later ends with 4, and the task keeps waiting', async () => {
    const { code } = await answered('touch seven.txt', `\u001b[B\r`);
    expect(code).toBe(4);
    expect(made('seven.txt')).toBe(false);
  });
});

// ---

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}
