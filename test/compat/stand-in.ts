/**
 * A RavenClaws stand-in on a thread of its own: it loads a file once, keeps it in memory, and writes what it remembers over
 * whatever is there by then, truncating first. No lock, no temp file, and only its own fields.
 */
import { Worker } from 'node:worker_threads';
import { FILE_FIELDS, type TaskFile } from '../../src/domain/wire.js';

export interface Move {
  /** Milliseconds after the move before. */
  readonly after: number;
  readonly change: Partial<TaskFile>;
  /** Another process of it, which loads the file only now. Default: from what was loaded at first. */
  readonly fresh?: boolean;
  /** Milliseconds between truncating and writing. */
  readonly torn?: number;
}

export interface StandIn {
  /** Resolves after the last move. */
  play(path: string, moves: readonly Move[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startStandIn(): Promise<StandIn> {
  const thread = new Worker(LOOP, { eval: true, workerData: FILE_FIELDS });
  const waiting = new Map<number, () => void>();
  let last = 0;
  await new Promise<void>((ready, failed) => {
    thread.once('error', failed);
    thread.on('message', (number: number) => (number === 0 ? ready() : waiting.get(number)?.()));
  });
  return {
    play: (path, moves) =>
      new Promise((done) => {
        const number = ++last;
        waiting.set(number, done);
        thread.postMessage({ number, path, moves });
      }),
    stop: async () => {
      await thread.terminate();
    },
  };
}

// ---

const LOOP = `
const { openSync, closeSync, readFileSync, writeSync } = require('node:fs');
const { parentPort, workerData: fields } = require('node:worker_threads');
const load = (path) => {
  for (;;) {
    try { return JSON.parse(readFileSync(path, 'utf8')); } catch { /* it was just being written */ }
  }
};
const busy = (ms) => { const until = performance.now() + ms; while (performance.now() < until); };
const write = (path, file, torn) => {
  const text = JSON.stringify(Object.fromEntries(fields.map((name) => [name, file[name]])), null, 2);
  const out = openSync(path, 'w');
  busy(torn);
  writeSync(out, text);
  closeSync(out);
};
parentPort.on('message', ({ number, path, moves }) => {
  const memory = load(path);
  const next = ([move, ...rest]) => {
    if (!move) return parentPort.postMessage(number);
    setTimeout(() => {
      Object.assign(memory, move.change);
      write(path, move.fresh ? { ...load(path), ...move.change } : memory, move.torn ?? 0);
      next(rest);
    }, move.after);
  };
  next(moves);
});
parentPort.postMessage(0);
`;
