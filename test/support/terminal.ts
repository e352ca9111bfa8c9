/** The command on a terminal of its own: `script` of util-linux makes one. */
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, MAIN } from '../cli/support.js';
import { until } from './until.js';

/** False where there is no such program. */
export const TERMINALS = hasScript();

export interface OnTerminal {
  readonly code: number | null;
  /** What the terminal got. */
  readonly shown: string;
  /** What went to stdout, with `splitOutput`. */
  readonly stdout: string;
}

export interface TerminalOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Typed one after the other, each when the terminal shows its words. */
  readonly typed?: readonly (readonly [words: string, keys: string])[];
  /** stdout goes to a file. */
  readonly splitOutput?: boolean;
}

export async function onTerminal(
  bench: Bench,
  args: readonly string[],
  { env = {}, typed = [], splitOutput = false }: TerminalOptions = {},
): Promise<OnTerminal> {
  const log = join(bench.root, `stdout-${randomUUID()}`);
  const words = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const line = `stty cols 120 rows 40; ${words}${splitOutput ? ` > ${log}` : ''}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: { ...bench.env, TERM: 'xterm', ...env },
    cwd: bench.workspace,
    stdio: 'pipe',
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    shown += piece;
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  let seen = 0;
  for (const [expected, keys] of typed) {
    await until(() => shown.indexOf(expected, seen) >= 0, { what: `the terminal shows ${expected}` });
    seen = shown.indexOf(expected, seen) + expected.length;
    child.stdin.write(keys);
  }
  const code = await ended;
  return { code, shown, stdout: splitOutput ? readFileSync(log, 'utf8') : '' };
}

// ---

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}
