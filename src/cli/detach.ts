/**
 * Ends a wait without affecting the task: Ctrl-C and `--timeout`. The last line says that the task continues, and how
 * to follow it again.
 */
import { EXIT, type ExitCode } from './exit.js';
import type { Output } from './output.js';

export interface Leaving {
  readonly signal: AbortSignal;
  /** @returns the exit code when the wait was ended; undefined otherwise. */
  code(): ExitCode | undefined;
  release(): void;
}

/** `timeout` in milliseconds, if one was given. */
export function leaving(timeout: unknown): Leaving {
  const stop = new AbortController();
  let code: ExitCode | undefined;
  const leave = (why: ExitCode): void => {
    code ??= why;
    stop.abort(new Error('left'));
  };
  const onSignal = (): void => leave(EXIT.detached);
  process.on('SIGINT', onSignal);
  const timer = typeof timeout === 'number' ? setTimeout(() => leave(EXIT.timeout), timeout) : undefined;
  return {
    signal: stop.signal,
    code: () => code,
    release() {
      process.off('SIGINT', onSignal);
      clearTimeout(timer);
    },
  };
}

export function tellLeft(out: Output, code: ExitCode, ids: readonly string[]): void {
  const why = code === EXIT.timeout ? 'The time to wait is over' : 'Detached';
  const tasks = ids.length === 1 ? `task ${ids[0]} goes on` : `${ids.length} tasks go on`;
  out.tell(`${why}: ${tasks}. Come back with: rookery follow ${ids[0]}`);
}
