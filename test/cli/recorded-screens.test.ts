/**
 * What a person sees of `list`, `status`, the walk through what waits, and the questions of `run`, on two sizes of terminal:
 * recorded, with wide characters, and compared.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { gateIn } from '../support/gate.js';
import { hasTmux, openScreen, type Screen, SIZES, steadyRows } from '../support/screen.js';
import { until } from '../support/until.js';
import { type Bench, MAIN, openClusterBench } from './support.js';

const why = hasTmux() ? '' : ' (skipped: there is no tmux)';

const USAGE = { input: 2_100, output: 50 };
const DONE = { content: '終わりました。ファイルは全部で三つです！', usage: USAGE };
const QUESTION = { question: 'どのデータベースを使いますか？', choices: ['postgres（推奨）', 'sqlite'] };
const asks = { calls: [{ id: 'q', name: 'ask_user', args: QUESTION }], usage: USAGE };
const shell = (command: string) => ({ calls: [{ id: 's', name: 'shell', args: { command } }], usage: USAGE });
const looks = { calls: [{ id: 'l', name: 'list_files', args: {} }], usage: USAGE };
const REFUSED = { status: 400, body: { error: { message: 'パラメータが正しくありません。' } } };

/** Without a sandbox there is something to approve. */
async function openTerminalBench(): Promise<Bench> {
  const bench = await openClusterBench();
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'config.toml'), '[security]\nsandbox = "off"\n');
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
  return bench;
}

interface Seen {
  readonly screen: Screen;
  /** Waits until the screen shows the text, and compares all of it with what is recorded. */
  expectScreen(text: string, name: string): Promise<void>;
  ends(name: string): Promise<void>;
}

type Size = readonly [columns: number, rows: number];

async function onScreen(bench: Bench, [columns, rows]: Size, args: readonly string[]): Promise<Seen> {
  const screen = await openScreen([process.execPath, MAIN, ...args], {
    ...{ columns, rows, directory: bench.root },
    env: { ...bench.env, TERM: 'xterm-256color', ROOKERY_WORKSPACE: bench.workspace },
  });
  const compare = async (name: string): Promise<void> => {
    const shown = steadyRows(await screen.rows(), bench.root);
    await expect(`${shown}\n`).toMatchFileSnapshot(`recorded/${name}-${columns}x${rows}.txt`);
  };
  return {
    screen,
    expectScreen: async (text, name) => {
      await until(async () => (await screen.rows()).includes(text), { what: `the screen shows ${text}` });
      await compare(name);
    },
    ends: async (name) => {
      await until(screen.hasEnded, { what: 'it has ended' });
      await compare(name);
    },
  };
}

describe.skipIf(!hasTmux())(`on a terminal${why}`, () => {
  let bench: Bench;
  let morning: Bench;
  beforeAll(async () => {
    [bench, morning] = await Promise.all([openTerminalBench(), openTerminalBench()]);
    await fill(morning);
    // What is said only once is said here.
    await bench.run(['wait', await bench.submit(bench.model(inOrder(DONE)))]);
  });
  afterAll(() => Promise.all([bench.close(), morning.close()]));

  test.each(SIZES)('run asks for an approval, an answer and a higher limit, at %d columns', async (...size) => {
    const script = inOrder(shell('touch 名前。txt'), asks, looks, DONE);
    const flags = [...bench.model(script), '--max-iterations', '3'];
    const seen = await onScreen(bench, size, ['run', ...flags, '日本語の依頼: 表を、データベースへ移してください。']);
    try {
      await seen.expectScreen('Approve this call?', 'run-approval');
      await seen.screen.press('y');
      await seen.expectScreen('Your answer', 'run-question');
      await seen.screen.press('1');
      await seen.expectScreen('Raise this limit?', 'run-limit');
      await seen.screen.press('Down', 'Down', 'Enter');
      await seen.ends('run-end');
    } finally {
      seen.screen.close();
    }
    const { tasks } = await bench.json<{ tasks: { id: string }[] }>(['list', '--limit', '1']);
    await bench.run(['cancel', tasks[0]?.id ?? '']);
  });

  test.each(SIZES)('approve goes through what waits, at %d columns', async (...size) => {
    const first = await bench.submit(bench.model(inOrder(shell('touch 「一つ」.txt'), DONE)), '夜間のビルドを調べる');
    await bench.run(['wait', first]);
    const second = await bench.submit(bench.model(inOrder(asks, DONE)), '表を移す');
    await bench.run(['wait', second]);
    const seen = await onScreen(bench, size, ['approve']);
    try {
      await seen.expectScreen('Approve this call?', 'approve-call');
      await seen.screen.press('y');
      await seen.expectScreen('Your answer', 'approve-question');
      await seen.screen.press('2');
      await seen.ends('approve-end');
    } finally {
      seen.screen.close();
    }
    for (const id of [first, second]) expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  });

  test.each(SIZES)('status of a task that waits, at %d columns', async (...size) => {
    const { tasks } = await morning.json<{ tasks: { id: string }[] }>(['list', '--status', 'waiting', '--limit', '1']);
    const seen = await onScreen(morning, size, ['status', tasks[0]?.id ?? '']);
    try {
      await seen.ends('status');
    } finally {
      seen.screen.close();
    }
  });

  test.each(SIZES)('list has each group, at %d columns', async (...size) => {
    const ages = async () => (await morning.run(['list'])).stdout.split('\n').filter((line) => / \d+ s {2}/.test(line));
    // Minutes have one digit for a while, and seconds do not.
    await until(async () => (await ages()).length === 0, { what: 'all tasks are older than a minute' });
    const seen = await onScreen(morning, size, ['list']);
    try {
      await seen.ends('list');
    } finally {
      seen.screen.close();
    }
  });
});

// ---

/** A task in each group of the list, one after the other: the newest is always the same. */
async function fill(bench: Bench): Promise<void> {
  const begin = (prompt: string, flags: readonly string[]) => bench.submit(['--no-check', ...flags], prompt);
  const done = [...bench.model(inOrder(DONE)), '--name', '夜間ビルド'];
  await bench.run(['wait', await begin('ファイルの数を数えて、その結果を短くまとめてください。', done)]);
  await bench.run(['wait', await begin('失敗する依頼、その一', bench.model(inOrder(REFUSED)))]);
  const gate = gateIn(bench, 'paused');
  const held = await begin('あとで続ける、大きな仕事', [...bench.model(inOrder(gate.reply, DONE)), '--allow', 'shell']);
  await gate.reached();
  await bench.run(['pause', held, '--reason', '確認を待っています。']);
  gate.open();
  await bench.run(['wait', held]);
  await begin(
    '時間のかかる仕事。「あと少し」',
    bench.model(() => ({ hang: true })),
  );
  await bench.run(['wait', await begin('夜間のビルドを調べる', bench.model(inOrder(shell('touch 名前。txt'), DONE)))]);
  await bench.run(['wait', await begin('表を、新しいデータベースへ移す', bench.model(inOrder(asks, DONE)))]);
}
