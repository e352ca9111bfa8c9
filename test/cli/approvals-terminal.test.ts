/**
 * Approvals and questions at a terminal: what is shown before a key counts, what each key does, and the terminal as it
 * was before, however the command ends.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { until } from '../support/until.js';
import { type Bench, MAIN, openClusterBench } from './support.js';

const script = hasScript();
describe.skipIf(!script)(`on a terminal${script ? '' : ' (skipped: there is no `script` of util-linux)'}`, () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openClusterBench();
    const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
    await mkdir(config, { recursive: true });
    writeFileSync(join(config, 'config.toml'), '[security]\nsandbox = "off"\n');
    expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
  });
  afterAll(() => bench.close());

  const shell = (command: string) => ({ id: 'a', name: 'shell', args: { command } });
  const model = (command: string) => bench.model(inOrder({ calls: [shell(command)] }, { content: 'Done.' }));
  const made = (name: string): boolean => existsSync(join(bench.workspace, name));
  const needed = async (): Promise<number> => {
    const found = await bench.json<Record<'approvals' | 'questions', unknown[]>>(['approvals']);
    return found.approvals.length + found.questions.length;
  };

  async function submitted(flags: readonly string[]): Promise<string> {
    const before = await needed();
    const id = await bench.submit(flags);
    await until(async () => (await needed()) > before, { what: 'it waits' });
    return id;
  }

  interface Terminal {
    /** Waits until the text has been shown, after what was waited for before. */
    sees(text: string): Promise<void>;
    press(keys: string): void;
    pid(): number;
    /** All that was shown, with the code of the command and the mode of the terminal after it. */
    readonly ended: Promise<{ readonly shown: string; readonly code: number; readonly mode: string }>;
  }

  /** The command in a pseudo-terminal of its own. */
  function opened(args: readonly string[]): Terminal {
    const file = join(bench.root, `terminal-${Math.random()}.sh`);
    const words = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
    const start = `sh -c 'echo "pid $$"; exec "$@"' sh ${words}`;
    writeFileSync(file, `stty cols 100 rows 40\n${start}\necho "code $?"\nstty -a\n`);
    const child = spawn('script', ['-qec', `sh ${file}`, '/dev/null'], {
      env: { ...bench.env, TERM: 'xterm' },
      cwd: bench.workspace,
      stdio: 'pipe',
    });
    let shown = '';
    let seen = 0;
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      shown += piece;
    });
    return {
      async sees(text) {
        await until(() => shown.includes(text, seen), { what: `the terminal shows ${text}` });
        seen = shown.indexOf(text, seen) + text.length;
      },
      press: (keys) => void child.stdin.write(keys),
      pid: () => Number(/pid (\d+)/.exec(shown)?.[1]),
      ended: new Promise((resolve) =>
        child.once('close', () => {
          const [, code = '-1', mode = ''] = /code (\d+)\r?\n([\s\S]*)$/.exec(shown) ?? [];
          resolve({ shown, code: Number(code), mode });
        }),
      ),
    };
  }

  /** Lines are edited and echoed, and Ctrl-C is a signal. */
  const expectUsual = (mode: string): void => {
    for (const flag of ['icanon', 'echo', 'isig']) expect(mode).toMatch(new RegExp(`[ ;\\n]${flag}[ ;\r\n]`));
  };

  test('run asks in place and rings the bell; y runs the call, and the answer follows', async () => {
    const terminal = opened(['run', ...model('touch six.txt'), 'Do', 'it']);
    await terminal.sees('"command": "touch six.txt"');
    await terminal.sees('always would remember: run tool "shell", command "touch six.txt"');
    await terminal.sees('n = no (Enter)');
    terminal.press('y');
    const { shown, code, mode } = await terminal.ended;
    expect(shown).toContain('\u0007');
    expect(shown).toContain('Done.');
    expect(code).toBe(0);
    expectUsual(mode);
    expect(made('six.txt')).toBe(true);
  });

  test('q decides later: 4, and the task keeps waiting; Enter denies', async () => {
    const later = opened(['run', ...model('touch seven.txt'), 'Do', 'it']);
    await later.sees('Approve this call?');
    later.press('q');
    expect(await later.ended).toMatchObject({ code: 4 });
    const denied = opened(['approve']);
    await denied.sees('Approve this call?');
    denied.press('\r');
    const { shown, code } = await denied.ended;
    expect(shown).toContain('denied: shell');
    expect(code).toBe(0);
    expect(made('seven.txt')).toBe(false);
  });

  test('goes through all that waits: details, always with its rule, and what the rule covers is passed over', async () => {
    await submitted(model('touch eight.txt'));
    await submitted(model('touch eight.txt'));
    const choices = ['staging', 'production'];
    const ask = { id: 'a', name: 'ask_user', args: { question: 'Where to?', choices } };
    const asking = await submitted(bench.model(inOrder({ calls: [ask] }, { content: 'Done.' })));
    const terminal = opened(['approve']);
    await terminal.sees('1 of 3:');
    await terminal.sees('Approve this call?');
    terminal.press('d');
    await terminal.sees('workspace: ');
    await terminal.sees('Approve this call?');
    terminal.press('a');
    await terminal.sees('Remembered: run tool "shell", command "touch eight.txt"');
    // The second call is passed over: it has run meanwhile, or the rule is known to cover it.
    await terminal.sees('3 of 3:');
    await terminal.sees('asks you');
    await terminal.sees('2: "production"');
    terminal.press('2');
    const { code, mode } = await terminal.ended;
    expect(code).toBe(0);
    expectUsual(mode);
    expect(await bench.run(['wait', asking])).toMatchObject({ code: 0 });
    expect((await bench.run(['follow', asking, '--json'])).stdout).toContain('answer]\\nproduction');
    await until(async () => (await needed()) === 0, { what: 'the rule has released the second call' });
  });

  test('text that is pasted decides nothing, and a long call is not approved before its end was shown', async () => {
    const long = `touch nine.txt; : ${'x '.repeat(1_500)}`;
    const id = await submitted(model(long));
    const terminal = opened(['approve']);
    await terminal.sees('more lines: d shows them');
    await terminal.sees('Approve this call?');
    terminal.press('yyyy');
    // What is sent within a moment arrives in one piece.
    await pause(300);
    terminal.press('y');
    await terminal.sees('This is the rest of the call. Decide again.');
    await terminal.sees('Approve this call?');
    expect(made('nine.txt')).toBe(false);
    terminal.press('y');
    expect(await terminal.ended).toMatchObject({ code: 0 });
    expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
    expect(made('nine.txt')).toBe(true);
  });

  test('Ctrl-C and a kill leave the terminal as it was, and the call undecided', async () => {
    const id = await submitted(model('touch ten.txt'));
    const interrupted = opened(['approve']);
    await interrupted.sees('Approve this call?');
    interrupted.press('\u0003');
    const afterInterrupt = await interrupted.ended;
    expect(afterInterrupt.code).toBe(130);
    expectUsual(afterInterrupt.mode);
    const detached = opened(['follow', id]);
    await detached.sees('Approve this call?');
    detached.press('\u0003');
    const afterDetach = await detached.ended;
    expect(afterDetach.code).toBe(130);
    expect(afterDetach.shown).toContain(`rookery follow ${id}`);
    expectUsual(afterDetach.mode);
    const killed = opened(['approve']);
    await killed.sees('Approve this call?');
    process.kill(killed.pid(), 'SIGTERM');
    const afterKill = await killed.ended;
    expect(afterKill.code).toBe(143);
    expectUsual(afterKill.mode);
    expect(await needed()).toBe(1);
    await bench.run(['deny', id]);
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
