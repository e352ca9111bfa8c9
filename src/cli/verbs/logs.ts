/** `rookery logs`: the server's and the worker's log. */

import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Option } from 'commander';
import { detachOn } from '../detach.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

const NAMES = ['server', 'worker'] as const;
const TAIL_BYTES = 64 * 1024;
const POLL_MS = 300;
const LINE_FEED = 0x0a;

export const spec: VerbSpec = {
  words: '',
  help: 'Prints the end of the logs of the server and the worker.',
  options: [new Option('-f, --follow', 'print new lines as they are written')],
  examples: ['rookery logs -f'],
  run,
};

async function run(_words: string[], options: VerbOptions): Promise<ExitCode> {
  const { out, paths } = await openSession(options);
  const readers = NAMES.map(
    (name) => new LogReader(join(paths.logs, `${name}.log`), (line) => out.line(`${name}: ${line}`)),
  );
  if (options.follow !== true) {
    for (const reader of readers) await reader.read('end');
    return EXIT.done;
  }
  // The Ctrl-C listener is added before the first line is printed.
  const { signal } = detachOn(undefined);
  do {
    for (const reader of readers) await reader.read('line');
  } while (await nextPoll(signal));
  return EXIT.done;
}

class LogReader {
  #at: number | undefined;

  constructor(
    private readonly path: string,
    private readonly onLine: (line: string) => void,
  ) {}

  /**
   * Reads new bytes up to the end or the last complete line; the first time, the end of the file. A rotated log is read
   * from its start.
   */
  async read(to: 'end' | 'line'): Promise<void> {
    const size = await stat(this.path).then(
      (found) => found.size,
      () => 0,
    );
    const isFirst = this.#at === undefined;
    const at = this.#at ?? Math.max(0, size - TAIL_BYTES);
    const from = at <= size ? at : 0;
    const bytes = await bytesOf(this.path, from, size);
    // The end of a long file starts in the middle of a line.
    const start = isFirst && from > 0 ? bytes.indexOf(LINE_FEED) + 1 : 0;
    const end = to === 'end' ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1;
    this.#at = from + end;
    for (const line of bytes.subarray(start, end).toString('utf8').split('\n').filter(Boolean)) this.onLine(line);
  }
}

async function bytesOf(path: string, from: number, to: number): Promise<Buffer> {
  if (to <= from) return Buffer.alloc(0);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(to - from), position: from });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function nextPoll(signal: AbortSignal): Promise<boolean> {
  return delay(POLL_MS, true, { signal }).catch(() => false);
}
