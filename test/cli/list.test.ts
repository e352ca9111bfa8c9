/** The list for the morning, with a task in each state on a real server: at 80 and 120 columns, filtered, and after `down`. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { widthOf } from '../../src/cli/text-width.js';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { StatusObject } from '../../src/manager/status-object.js';
import { inOrder } from '../support/book.js';
import { until } from '../support/until.js';
import { expectStatus } from './schemas.js';
import { type Bench, MAIN, openBench } from './support.js';

let bench: Bench;
const ids: Record<string, string> = {};

const shell = (command: string) => ({ calls: [{ id: 'a', name: 'shell', args: { command } }] });
const refusal = { status: 401, body: { error: { message: 'wrong key' } } };
const broken = { status: 400, body: { error: { message: 'no such parameter' } } };

beforeAll(async () => {
  bench = await openBench();
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  mkdirSync(config, { recursive: true });
  // With a sandbox there would be nothing to approve.
  writeFileSync(join(config, 'config.toml'), '[security]\nsandbox = "off"\n');
  const other = join(bench.root, 'other');
  mkdirSync(other);
  const begin = async (key: string, args: readonly string[], prompt: string): Promise<void> => {
    ids[key] = await bench.submit(['--no-check', ...args], prompt);
  };
  await begin(
    'approval',
    [...bench.model(inOrder(shell('touch 名前.txt'))), '--name', '夜間ビルド', '--group', 'night'],
    '夜間のビルドを調べる',
  );
  await begin('key', [...bench.model(() => refusal), '--workspace', other], 'Needs a key');
  await begin(
    'working',
    [...bench.model(inOrder({ hang: true })), '--label', 'team=core', '--label', 'size=s'],
    'Takes long',
  );
  await begin(
    'done',
    [...bench.model(inOrder({ content: '终于完成了。\nMore.' })), '--name', 'release notes'],
    'Write the notes',
  );
  await begin('failed', bench.model(inOrder(broken)), 'Fails');
  await begin('cancelled', bench.model(inOrder({ hang: true })), 'Never mind');
  expect(await bench.run(['cancel', ids.cancelled ?? ''])).toMatchObject({ code: 0 });
  const wanted = [
    'Cancelled done',
    'Completed done',
    'Failed done',
    'Running waiting_approval',
    'Running waiting_person',
  ];
  const states = async () => (await listed()).map(({ status, detail }) => `${status} ${detail.phase}`);
  const areThere = async () => {
    const now = await states();
    return wanted.every((state) => now.includes(state));
  };
  await until(areThere, { what: 'each is in its state' });
});
afterAll(() => bench.close());

const listed = async (...args: string[]): Promise<StatusObject[]> =>
  (await bench.json<{ tasks: StatusObject[] }>(['list', ...args])).tasks;
const keysOf = (tasks: readonly StatusObject[]): string[] =>
  tasks.map(({ id }) => Object.keys(ids).find((key) => ids[key] === id) ?? '').sort();
const short = (key: string): string => (ids[key] ?? '').slice(0, 8);
const tableAt = async (columns: number): Promise<string[]> =>
  (await bench.run(['list'], { env: { COLUMNS: String(columns) } })).stdout.trimEnd().split('\n');

describe.each([80, 120])('at %d columns', (columns) => {
  test('each task has one line in its group, with why, and nothing is wider than the terminal', async () => {
    const lines = await tableAt(columns);
    expect(lines.filter((line) => widthOf(line) > columns)).toEqual([]);
    expect(lines.filter((line) => / \(\d+\)$/.test(line))).toEqual([
      'Needs you (2)',
      'Working (1)',
      'Failed (1)',
      'Done (2)',
    ]);
    const rowOf = (key: string): string => lines.find((line) => line.startsWith(short(key))) ?? '';
    expect(rowOf('approval')).toMatch(/夜間ビルド .* shell · touch/);
    expect(rowOf('key')).toMatch(/ litellm refuse/);
    expect(rowOf('done')).toMatch(/release notes .*终于完成了。 +1 +15( |$)/);
    expect(rowOf('cancelled')).toContain('cancelled');
    expect(rowOf('failed')).not.toBe('');
    expect(lines.at(-1)).toBe('2 need you: rookery approvals · 1 failed: rookery retry --failed');
  });

  test('columns stand under each other, whatever the width of the characters', async () => {
    const [head = '', ...lines] = await tableAt(columns);
    const why = widthOf(head.slice(0, head.indexOf('WHY')));
    for (const line of lines.filter((text) => /^[0-9a-f]{8} /.test(text))) {
      let [at, column] = [0, 0];
      while (column < why) column += widthOf(line[at++] ?? ' ');
      expect([column, line.slice(at - 2, at)]).toEqual([why, '  ']);
    }
    expect(head.includes('PROMPT')).toBe(columns > 100);
  });
});

describe('filters', () => {
  test.each([
    [
      ['--status', 'needs-you'],
      ['approval', 'key'],
    ],
    [['--needs-you'], ['approval', 'key']],
    [
      ['--status', 'waiting'],
      ['approval', 'key'],
    ],
    [['--status', 'Working'], ['working']],
    [
      ['--status', 'running'],
      ['approval', 'key', 'working'],
    ],
    [['--status', 'failed'], ['failed']],
    [
      ['--status', 'done'],
      ['cancelled', 'done'],
    ],
    [['--status', 'completed'], ['done']],
    [['--status', 'cancelled'], ['cancelled']],
    [['--status', 'queued'], []],
    [['--status', 'paused'], []],
    [['--status', 'stalled'], []],
    [['--status', 'pending'], []],
    [['--group', 'night'], ['approval']],
    [['--since', '2126-01-01'], []],
    [['--since', '1h', '--status', 'failed'], ['failed']],
    [['--limit', '1', '--status', 'running'], ['working']],
  ])('%o', async (args, keys) => expect(keysOf(await listed(...args))).toEqual(keys));

  test('--workspace takes a directory, and without one the current one, with what is in it', async () => {
    expect(keysOf(await listed('--workspace', join(bench.root, 'other')))).toEqual(['key']);
    expect(keysOf(await listed('--workspace'))).toEqual(['approval', 'cancelled', 'done', 'failed', 'working']);
    expect(keysOf(await listed('--workspace', bench.root))).toHaveLength(6);
    expect(await bench.run(['list', '--workspace', '/nowhere'])).toMatchObject({ code: 2 });
  });

  test.each([['--since', 'soon'], ['--limit', '0'], ['--status', 'happy'], ['--watch']])(
    '%o is refused',
    async (...args) => {
      const ran = await bench.run(['list', ...args]);
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr.split('\n')).toHaveLength(2);
    },
  );
});

describe('names', () => {
  test('name, group and labels are in list and status, in the signed input and in what the Web UI shows', async () => {
    const [task] = await listed('--group', 'night');
    expectStatus(task);
    expect(task?.detail).toMatchObject({ name: '夜間ビルド', group: 'night', labels: {}, workspace: bench.workspace });
    const working = await bench.json<StatusObject>(['status', ids.working ?? '']);
    expect(working.detail).toMatchObject({ name: null, group: null, labels: { team: 'core', size: 's' } });
    const input = await bench.json<TaskInput>(['sign', '--name', 'n', '--group', 'g', '--label', 'a=b=c', 'hi']);
    expect(input).toMatchObject({ name: 'n', group: 'g', labels: { a: 'b=c' }, signature: expect.any(Object) });
  });

  test('a name stands for the id of the one task that has it', async () => {
    expect((await bench.json<StatusObject>(['status', 'release notes'])).id).toBe(ids.done);
    expect((await bench.run(['status', '夜間ビルド'])).stdout).toMatch(/^name +夜間ビルド$/m);
    expect(await bench.run(['status', 'release'])).toMatchObject({ code: 5 });
  });

  test.each([
    ['--name', 'a/b'],
    ['--name', ' a'],
    ['--group', ''],
    ['--label', 'novalue'],
    ['--label', '=x'],
  ])('%s %s is refused with the option and the rule', async (option, value) => {
    const ran = await bench.run(['submit', option, value, '--provider', 'demo', 'hi']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(`${option} takes `);
  });
});

const hasScript = (() => {
  try {
    return execFileSync('script', ['--version']).toString().includes('util-linux');
  } catch {
    return false;
  }
})();

describe.skipIf(!hasScript)(`on a terminal${hasScript ? '' : ' (skipped: there is no `script` of util-linux)'}`, () => {
  const terminal = (words: string, env: NodeJS.ProcessEnv = {}) =>
    [
      'script',
      ['-qec', `stty cols 80 rows 24; trap : INT; ${process.execPath} ${MAIN} ${words}`, '/dev/null'],
      { env: { ...bench.env, TERM: 'xterm', ...env }, cwd: bench.workspace },
    ] as const;
  const shown = (words: string, env?: NodeJS.ProcessEnv): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile(...terminal(words, env), (error, stdout) => (error ? reject(error) : resolve(String(stdout))));
    });

  test('groups have colours, and none with NO_COLOR or --no-color', async () => {
    expect(await shown('list')).toContain('\u001b[33mNeeds you (2)\u001b[0m');
    expect(await shown('list --no-color')).not.toContain('\u001b');
    expect(await shown('list', { NO_COLOR: '1' })).not.toContain('\u001b');
  });

  test('--watch redraws in place, and Ctrl-C ends it with 130 and the screen as it was', async () => {
    const [file, args, options] = terminal('list --watch; echo "code $?"');
    const child = spawn(file, args, options);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    await until(() => text.split('\u001b[H').length > 2, { what: 'it was drawn twice' });
    child.stdin.write('\u0003');
    await once(child, 'close');
    expect(text.startsWith('\u001b[?1049h\u001b[?25l\u001b[H')).toBe(true);
    expect(text).not.toContain('\u001b[2J');
    expect(text.replaceAll('\r', '')).toMatch(/\u001b\[\?25h\u001b\[\?1049l(\^C)?\n*code 130\n*$/);
    for (const frame of text.split('\u001b[H').slice(1)) expect(frame.split('\n').length).toBeLessThanOrEqual(24);
  });
});

test('after `down` what waited is still shown as waiting, with what it waits for', async () => {
  expect(await bench.run(['down'])).toMatchObject({ code: 0 });
  const tasks = await listed('--needs-you');
  expect(keysOf(tasks)).toEqual(['approval', 'key']);
  for (const task of tasks) {
    expectStatus(task);
    expect(task.detail.source).toBe('files');
  }
  const lines = await tableAt(120);
  expect(lines.find((line) => line.startsWith(short('approval')))).toContain('shell · touch 名前.txt');
  expect((await bench.run(['status', ids.key ?? ''])).stdout).toMatch(/^phase +waiting_person: .*wrong key/m);
  expect((await bench.json<StatusObject>(['status', 'release notes'])).id).toBe(ids.done);
});
