/**
 * Runs an external command (pip, go, tar, temporal) with a deadline.
 * Never waits past the deadline, even when a grandchild keeps the pipe open.
 */

import { spawn } from 'node:child_process';

export interface CommandOptions {
  timeoutMs: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

export interface CommandOutcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export type CommandRunner = (file: string, args: string[], options: CommandOptions) => Promise<CommandOutcome>;

/** Enough to find an error: `go install` can print for minutes. */
const MAX_OUTPUT = 64 * 1024;
const KILL_DELAY_MS = 2_000;

/** A runner whose commands get `env` and stop at once when `signal` fires. */
export function commandRunner(env: NodeJS.ProcessEnv, signal?: AbortSignal): CommandRunner {
  return (file, args, options) => runCommand([file, ...args], { ...options, env: { ...env, ...options.env } }, signal);
}

/** The last line that a failed command printed: it usually names the cause. */
export function failureOf({ code, stdout, stderr }: CommandOutcome): string {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  return (lines.filter((line) => line !== '').at(-1) ?? `exit status ${code}`).slice(0, 300);
}

function runCommand(command: string[], options: CommandOptions, signal?: AbortSignal): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const [file = '', ...args] = command;
    const child = spawn(file, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(-MAX_OUTPUT);
      });
    }
    const fail = (reason: unknown) => {
      cleanUp();
      stop(child);
      reject(reason);
    };
    const seconds = Math.round(options.timeoutMs / 1000);
    const timer = setTimeout(() => fail(new Error(`no end within ${seconds} s`)), options.timeoutMs);
    const onAbort = () => fail(signal?.reason);
    const cleanUp = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort);
    child.on('error', fail);
    child.on('close', (code) => {
      cleanUp();
      resolve({ code, ...output });
    });
  });
}

/** SIGINT first: `go` stops its compilers on that signal only. */
function stop(child: ReturnType<typeof spawn>): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.pid === undefined) return;
  child.kill('SIGINT');
  setTimeout(() => child.kill('SIGKILL'), KILL_DELAY_MS).unref();
}
