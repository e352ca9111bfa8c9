/**
 * Shows a list that changes, on the second screen of the terminal: what was on it before is back at the end. Each line is
 * written over the one before, so that nothing flickers.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { detachOn } from './detach.js';
import type { ExitCode } from './exit.js';

const INTERVAL_MS = 2_000;

export interface Screen {
  readonly width: number;
  readonly height: number;
}

export interface WatchedList<T> {
  readonly load: () => Promise<T>;
  /** At most as many lines as the screen has are shown. */
  readonly lines: (loaded: T, screen: Screen) => readonly string[];
}

/** Resolves at Ctrl-C. Throws what `load` throws. */
export async function watchList<T>({ load, lines }: WatchedList<T>): Promise<ExitCode> {
  const { stdout } = process;
  const detach = detachOn(undefined);
  let loaded = await load();
  const draw = (): void => {
    const screen = screenOf(stdout);
    const shown = lines(loaded, screen).slice(0, screen.height - 1);
    stdout.write(`${HOME}${shown.map((line) => `${line}${ERASE_LINE_REST}\r\n`).join('')}${ERASE_BELOW}`);
  };
  const leave = (): void => void stdout.write(LEAVE);
  process.once('exit', leave);
  stdout.write(ENTER);
  stdout.on('resize', draw);
  try {
    for (;;) {
      draw();
      await pause(INTERVAL_MS, undefined, { signal: detach.signal }).catch(() => undefined);
      const code = detach.code();
      if (code !== undefined) return code;
      loaded = await load();
    }
  } finally {
    stdout.off('resize', draw);
    process.off('exit', leave);
    leave();
    detach.release();
  }
}

export function screenOf({ columns = 80, rows = 24 }: NodeJS.WriteStream): Screen {
  return { width: columns || 80, height: rows || 24 };
}

// ---

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const ERASE_LINE_REST = '\u001b[K';
const ERASE_BELOW = '\u001b[J';
