/** What a person sees of a task that is followed, on two sizes of terminal: recorded, with wide characters, and compared. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { heldReply } from '../support/held.js';
import { hasTmux, openScreen, SIZES, steadyRows } from '../support/screen.js';
import { until } from '../support/until.js';
import { type Bench, MAIN, openClusterBench } from './support.js';

const why = hasTmux() ? '' : ' (skipped: there is no tmux)';

const WORDS = [
  'ファイルを三つ見つけました。これから一つずつ読んで、内容を短くまとめます。まず設定ファイルから始め、次にソースコードへ進みます。',
  '\nThe first line is longer than a narrow terminal is wide, so that it is broken between two words and not within one.',
  `\n\n${Array.from({ length: 30 }, (_, n) => `${n + 1}. 項目 item ${n + 1}`).join('\n')}`,
  '\n以上です 🎉',
];

describe.skipIf(!hasTmux())(`a followed task on a terminal${why}`, () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openClusterBench();
    expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
  });
  afterAll(() => bench.close());

  test.each(SIZES)('of %d columns and %d rows', async (columns, rows) => {
    const shell = { id: 'b', name: 'shell', args: { command: 'echo 結果は三つのファイルです; echo 全角 >&2; exit 3' } };
    const look = { id: 'a', name: 'list_files', args: { path: '.' } };
    const first = { content: 'まず見てみます。Let me look around first.', calls: [look, shell] };
    const held = heldReply(WORDS);
    const flags = [...bench.model(inOrder(first, held.reply)), '--allow', 'shell'];
    const task = await bench.submit(
      flags,
      '日本語の依頼: ファイルの数を数えて、その結果を短くまとめてください。最後に一行で答えること。',
    );
    const screen = await openScreen([process.execPath, MAIN, 'follow', task], {
      ...{ columns, rows, directory: bench.root },
      env: { ...bench.env, TERM: 'xterm-256color' },
    });
    try {
      const shows = (text: string): Promise<unknown> =>
        until(async () => (await screen.rows()).includes(text), { what: `the screen shows ${text}` });
      await shows('model is thinking');
      await expectScreen(await screen.rows(), `thinking-${columns}x${rows}`);
      held.release(2);
      await shows('within one.');
      await expectScreen(await screen.rows(), `writing-${columns}x${rows}`);
      held.release(3);
      await shows('30. 項目');
      await expectScreen(await screen.rows(), `long-${columns}x${rows}`);
      held.finish();
      await until(screen.hasEnded, { what: 'it has ended' });
      await expectScreen(await screen.rows(), `end-${columns}x${rows}`);
    } finally {
      screen.close();
    }
  });
});

// ---

async function expectScreen(rows: string, name: string): Promise<void> {
  await expect(`${steadyRows(rows)}\n`).toMatchFileSnapshot(`recorded/follow-${name}.txt`);
}
