/** On a terminal the last line lives; NO_COLOR, --no-color, --quiet and a dumb terminal keep every control character away. */
import { execFile, execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { type Bench, MAIN, openClusterBench } from './support.js';

const why = hasScript() ? '' : ' (skipped: there is no `script` of util-linux to make one)';

describe.skipIf(!hasScript())(`on a terminal${why}`, () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openClusterBench();
    expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
  });
  afterAll(() => bench.close());

  /** Both streams of a run that takes a moment, as the terminal gets them. */
  const onTerminal = async (flags: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const model = bench.model(inOrder({ content: 'Here it is.', delayMs: 1_500 }));
    const words = [process.execPath, MAIN, 'run', ...model, ...flags, 'Ask'].join(' ');
    const full = { ...bench.env, TERM: 'xterm', ...env };
    return new Promise((resolve, reject) => {
      execFile('script', ['-qec', words, '/dev/null'], { env: full, cwd: bench.workspace }, (error, stdout) =>
        error ? reject(error) : resolve(stdout.replaceAll('\r\n', '\n')),
      );
    });
  };

  test('the last line shows what happens now, tokens and time, and is erased before a line is printed', async () => {
    const shown = await onTerminal([]);
    expect(shown).toMatch(/iteration 1 · \u001b\[36mmodel is thinking, \d+ s\u001b\[0m · 0 tokens · \d+ s\r\u001b\[J/);
    expect(shown).toContain('Here it is.\n');
    // What is not erased ends with a line feed.
    for (const row of shown.split('\n')) {
      const [last = ''] = row.split('\r\u001b[J').slice(-1);
      expect(last).not.toMatch(/^iteration \d+ · \u001b/);
    }
  });

  test('the title says what the task does, the bell rings at the end, and the title of before comes back', async () => {
    const shown = await onTerminal([]);
    const title = '\u001b]2;rookery: working\u0007';
    const titled = shown.indexOf(title);
    const bell = shown.indexOf('\u0007', titled + title.length);
    const places = [shown.indexOf('\u001b[22;2t'), titled, bell, shown.indexOf('\u001b[23;2t')];
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('NO_COLOR, --no-color, --quiet and a dumb terminal: no control character at all', async () => {
    const ways = [
      onTerminal([], { NO_COLOR: '1' }),
      onTerminal(['--no-color']),
      onTerminal(['--quiet']),
      onTerminal([], { TERM: 'dumb' }),
    ];
    for (const shown of await Promise.all(ways)) {
      expect(shown).toContain('Here it is.\n');
      expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
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
