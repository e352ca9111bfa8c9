/**
 * Ends a wait without affecting the task: Ctrl-C and `--timeout`. The last line says that the task continues, and how
 * to follow it again.
 */
import { EXIT, type ExitCode } from './exit.js';
import type { Output } from './output.js';

export interface Detach {
  readonly signal: AbortSignal;
  /** @returns the exit code when the wait was ended; undefined otherwise. */
  code(): ExitCode | undefined;
  release(): void;
}

/** `timeout` in milliseconds, if one was given. */
export function detachOn(timeout: unknown): Detach {
  const stop = new AbortController();
  let code: ExitCode | undefined;
  const detach = (exit: ExitCode): void => {
    code ??= exit;
    stop.abort(new Error('detached'));
  };
  const onSignal = (): void => detach(EXIT.detached);
  process.on('SIGINT', onSignal);
  const timer = typeof timeout === 'number' ? setTimeout(() => detach(EXIT.timeout), timeout) : undefined;
  return {
    signal: stop.signal,
    code: () => code,
    release() {
      process.off('SIGINT', onSignal);
      clearTimeout(timer);
    },
  };
}

export function reportDetached(out: Output, code: ExitCode, ids: readonly string[]): void {
  const reason = code === EXIT.timeout ? 'Timed out' : 'Detached';
  const tasks = ids.length === 1 ? `task ${ids[0]} continues` : `${ids.length} tasks continue`;
  out.info(`${reason}: ${tasks}. To follow it: rookery follow ${ids[0]}`);
}
