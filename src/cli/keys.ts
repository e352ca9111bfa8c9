/**
 * Single keys of the person at the terminal, without Enter. While a key is awaited the terminal is in raw mode; it is
 * set back however the wait ends: by a key, by Ctrl-C, or by a signal that ends the process.
 */
import { setTimeout as pause } from 'node:timers/promises';

export const ENTER = '\r';

/**
 * Calls `show`, which asks, and waits for the answer. What was typed before does not count, nor does text that is
 * pasted: it could answer a question that was not read.
 * @returns one of `keys`, in lower case; undefined when the terminal is gone or Ctrl-C was pressed
 */
export async function pressedKey(keys: string, show: () => void): Promise<string | undefined> {
  const release = rawMode();
  try {
    await dropTyped();
    show();
    return await nextKey(keys, release);
  } finally {
    release();
  }
}

// ---

const CTRL_C = '\u0003';
/** In this time what was typed before has been read. */
const DROP_MS = 30;
/** Those that end a process and can be handled. */
const ENDING = ['SIGTERM', 'SIGHUP'] as const;

/** @returns what sets the terminal back; a second call does nothing */
function rawMode(): () => void {
  const { stdin } = process;
  let isRaw = true;
  const release = (): void => {
    if (!isRaw) return;
    isRaw = false;
    stdin.setRawMode(false);
    stdin.pause();
    process.off('exit', release);
    for (const signal of ENDING) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals): void => {
    release();
    process.kill(process.pid, signal);
  };
  stdin.setRawMode(true);
  process.once('exit', release);
  for (const signal of ENDING) process.once(signal, end);
  return release;
}

async function dropTyped(): Promise<void> {
  const drop = (): void => undefined;
  process.stdin.on('data', drop).resume();
  await pause(DROP_MS);
  process.stdin.off('data', drop);
}

async function nextKey(keys: string, release: () => void): Promise<string | undefined> {
  const { stdin } = process;
  const listening = new AbortController();
  const { signal } = listening;
  try {
    return await new Promise<string | undefined>((resolve) => {
      const onEnd = (): void => resolve(undefined);
      const onData = (piece: Buffer | string): void => {
        const typed = String(piece).replace('\n', ENTER).toLowerCase();
        if (typed.includes(CTRL_C)) {
          release();
          interrupt();
          resolve(undefined);
        } else if (typed.length === 1 && keys.includes(typed)) resolve(typed);
      };
      stdin.on('end', onEnd).on('data', onData).resume();
      signal.addEventListener('abort', () => stdin.off('end', onEnd).off('data', onData));
    });
  } finally {
    listening.abort();
  }
}

/** In raw mode the terminal sends the key instead of the signal. */
function interrupt(): void {
  if (process.listenerCount('SIGINT') > 0) process.emit('SIGINT', 'SIGINT');
  else process.kill(process.pid, 'SIGINT');
}
