/** The door: what is refused with one sentence before anything is written, and what counts as the prompt. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import { type Bench, MAIN, openBench } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ ROOKERY_TEMPORAL_CLI: '/nowhere/temporal' });
});
afterAll(() => bench.close());

describe('refused at the door, with one sentence and exit code 2, and nothing is written', () => {
  test.each([
    ['an empty prompt', ['submit', ''], 'The prompt is empty. Give it as words, with --file PATH, or as - from stdin.'],
    ['a prompt of spaces', ['run', ' ', '\n'], 'The prompt is empty.'],
    ['no prompt', ['run'], 'The prompt is empty.'],
    ['an unknown option', ['run', '--frobnicate', 'hi'], "Unknown option '--frobnicate'. See `rookery --help`"],
    ['an unknown verb', ['frobnicate'], "Unknown command 'frobnicate'. See `rookery --help`"],
    ['a missing id', ['status'], "Missing required argument 'id'."],
    [
      'an unknown provider',
      ['run', '--provider', 'acme', 'hi'],
      "There is no provider 'acme' (from --provider). Providers: openai, anthropic,",
    ],
    ['an unknown fallback', ['submit', '--fallback', 'acme:x', 'hi'], "There is no provider 'acme' (from --fallback)."],
    [
      'a fallback without model',
      ['submit', '--fallback', 'openai', 'hi'],
      "--fallback takes provider:model, not 'openai'.",
    ],
    [
      'a missing key',
      ['submit', '--provider', 'anthropic', 'hi'],
      'There is no key for anthropic: ANTHROPIC_API_KEY is not set. Set ANTHROPIC_API_KEY',
    ],
    ['an unknown tool', ['submit', '--allow', 'telepathy', 'hi'], 'telepathy'],
    [
      'no number',
      ['run', '--max-iterations', 'many', 'hi'],
      "--max-iterations takes a whole number above 0, not 'many'.",
    ],
    [
      'no duration',
      ['run', '--timeout', 'soon', 'hi'],
      "--timeout takes a duration, not 'soon'. Write 90, 30s, 10m or 2h.",
    ],
    [
      'an endpoint of another kind',
      ['run', '--endpoint', 'ftp://x', 'hi'],
      "--endpoint takes an http or https address, not 'ftp://x'.",
    ],
    ['a prompt file that is not there', ['submit', '--file', 'none.txt'], 'The prompt file none.txt cannot be read'],
    [
      'two prompts',
      ['submit', '--file', 'a.txt', 'hi'],
      'Both a prompt and --file a.txt were given. Give one of them.',
    ],
    [
      'an unknown status',
      ['list', '--status', 'happy'],
      "There is no status 'happy'. Statuses: pending, running, completed,",
    ],
    ['an unknown limit rule', ['run', '--on-limit', 'shrug', 'hi'], "'shrug' is invalid"],
    [
      'a workspace that is not there',
      ['run', '--workspace', '/nonexistent', 'hi'],
      'The workspace /nonexistent does not exist (from --workspace). Give a directory',
    ],
    [
      'a workspace that is a file',
      ['submit', '--workspace', '/etc/passwd', 'hi'],
      'The workspace /etc/passwd is not a directory (from --workspace). Give',
    ],
    [
      'a workspace of a worker that is not there',
      ['worker', '--workspace', '/nonexistent'],
      'The workspace /nonexistent does not exist (from --workspace). Give a directory',
    ],
    ['help on an unknown verb', ['help', 'runn'], "Unknown command 'runn'. See `rookery --help`"],
    ['a short id', ['status', 'abc'], "The id 'abc' is too short. Give at least 4 characters."],
  ] as [string, string[], string][])('%s', async (_, args, sentence) => {
    const ran = await bench.run(args);
    expect(ran, ran.stderr).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr.trimEnd().split('\n').at(-1)).toContain(sentence);
    expect(existsSync(bench.paths.tasks)).toBe(false);
  });
});

test('with --json an error is also an object on stdout; a stack is shown only with --debug', async () => {
  const ran = await bench.run(['submit', '--json', '--provider', 'acme', 'hi']);
  expect(JSON.parse(ran.stdout)).toStrictEqual({
    error: {
      code: 'usage',
      message: "There is no provider 'acme' (from --provider)",
      hint: expect.stringContaining('litellm'),
    },
  });
  expect(ran.stderr).toMatch(/^There is no provider 'acme' \(from --provider\)\. Providers: [^\n]*\.\n$/);
  const option = await bench.run(['list', '--json', '--frobnicate']);
  expect(JSON.parse(option.stdout)).toMatchObject({
    error: { code: 'usage', message: "Unknown option '--frobnicate'" },
  });
  expect((await bench.run(['submit', '--debug', ''])).stderr).toMatch(/\n {4}at .*\.js:\d+/);
});

describe('the prompt', () => {
  const promptOf = async (args: string[], input?: string | Buffer): Promise<string> => {
    const ran = await bench.run(['sign', ...args], input === undefined ? {} : { input });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    return (JSON.parse(ran.stdout) as TaskInput).prompt;
  };

  test('is the words, the file, or what comes in on stdin', async () => {
    await writeFile(join(bench.workspace, 'prompt.txt'), 'From a file.\nTwo lines.\n');
    expect(await promptOf(['Two', 'words'])).toBe('Two words');
    expect(await promptOf(['--file', 'prompt.txt'])).toBe('From a file.\nTwo lines.');
    expect(await promptOf(['-'], 'Aus der Röhre 🦜\n')).toBe('Aus der Röhre 🦜');
  });

  test('is everything after --, dashes and all', async () => {
    expect(await promptOf(['--', '-m', 'pytest', '--json', '--', '-'])).toBe('-m pytest --json -- -');
    expect(await promptOf(['--', '-'], 'not this')).toBe('-');
  });

  test('may come in UTF-16 with its mark; what is neither that nor UTF-8 is refused', async () => {
    const write = (name: string, bytes: Buffer): Promise<void> => writeFile(join(bench.workspace, name), bytes);
    await write('le.txt', Buffer.from('\ufeffGrüße 🦜', 'utf16le'));
    await write('be.txt', Buffer.from('\ufeffGrüße 🦜', 'utf16le').swap16());
    await write('bom.txt', Buffer.from('\ufeffGrüße 🦜'));
    for (const name of ['le.txt', 'be.txt', 'bom.txt']) expect(await promptOf(['--file', name])).toBe('Grüße 🦜');
    await write('latin.txt', Buffer.from('Grüße', 'latin1'));
    const refused = await bench.run(['sign', '--file', 'latin.txt']);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'The file latin.txt is not valid UTF-8. Convert it first, for example with: iconv -f ISO-8859-1 -t UTF-8.\n',
    ]);
  });

  test('from an empty stdin is refused', async () => {
    expect(await bench.run(['submit', '-'])).toMatchObject({ code: 2 });
  });

  test.each([
    ['UTF-16 with its mark', Buffer.from('\ufeffGrüße', 'utf16le')],
    ['UTF-8 with a mark', Buffer.from('\ufeffGrüße')],
  ])('on stdin may be %s', async (_, input) => {
    expect(await promptOf(['-'], input)).toBe('Grüße');
  });

  test.each([
    ['Latin-1', Buffer.from('Grüße', 'latin1'), 'The text on stdin is not valid UTF-8. Convert it first'],
    ['UTF-16 without its mark', Buffer.from('Do it', 'utf16le'), 'The text on stdin holds NUL characters, so it is no'],
    ['text with a NUL', Buffer.from('Do\0it'), 'The text on stdin holds NUL characters'],
  ])('on stdin is refused as %s', async (_, input, sentence) => {
    const ran = await bench.run(['submit', '-'], { input });
    expect(ran, ran.stderr).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(sentence);
  });

  test('- before other words is refused, because stdin would be left out; options after -- are text', async () => {
    const ran = await bench.run(['submit', '-', 'extra'], { input: 'not this' });
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('Both - for stdin and other words were given. Give one of them; after -- everything');
    expect(await promptOf(['--', '-', 'extra'])).toBe('- extra');
    expect(await promptOf(['--', '--help'])).toBe('--help');
    expect(await promptOf(['a', '-', 'b'])).toBe('a - b');
  });

  test('nothing after -- is an empty prompt', async () => {
    const ran = await bench.run(['run', '--']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^The prompt is empty\. /);
  });

  test.runIf(process.platform === 'linux')('words that are not UTF-8 are refused, not replaced', () => {
    const line = `exec "$0" "$1" submit "$(printf 'Gr\\374\\337e')"`;
    const options = { cwd: bench.workspace, env: bench.env, encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync('sh', ['-c', line, process.execPath, MAIN], options);
    expect({ status, stderr }).toMatchObject({ status: 2 });
    expect(stderr).toMatch(/^The words on the command line are not valid UTF-8\. /);
  });
});

describe('a bad value names where it came from', () => {
  test.each([
    [
      { ROOKERY_PROVIDER: 'acme' },
      ['submit', 'hi'],
      "There is no provider 'acme' (from ROOKERY_PROVIDER). Providers: openai,",
    ],
    [
      { ROOKERY_MAX_ITERATIONS: 'many' },
      ['submit', 'hi'],
      "--max-iterations takes a whole number above 0, not 'many' (from ROOKERY_MAX_ITERATIONS).",
    ],
    [
      { ROOKERY_WORKSPACE: '/nonexistent' },
      ['submit', 'hi'],
      'The workspace /nonexistent does not exist (from ROOKERY_WORKSPACE).',
    ],
    ...[['up'], ['up', '-d'], ['worker']].map((args): [Record<string, string>, string[], string] => [
      { ROOKERY_WORKSPACE: '/nonexistent' },
      args,
      'The workspace /nonexistent does not exist (from ROOKERY_WORKSPACE).',
    ]),
    [{ ROOKERY_SEARXNG_URL: 'ftp://x' }, ['config'], '(from ROOKERY_SEARXNG_URL).'],
    [{ ROOKERY_TASK_QUEUE: 'a@b' }, ['config'], '(from ROOKERY_TASK_QUEUE).'],
  ] as [Record<string, string>, string[], string][])('the variable %o', async (env, args, sentence) => {
    const ran = await bench.run(args, { env });
    expect(ran, ran.stderr).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(sentence);
  });

  test('the file and its key', async () => {
    const path = join(bench.workspace, 'rookery.toml');
    await writeFile(path, 'max_time = "soon"\n');
    try {
      const ran = await bench.run(['submit', 'hi']);
      expect(ran, ran.stderr).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toContain("max_time of rookery.toml takes a duration, not 'soon'.");
    } finally {
      await rm(path);
    }
  });

  test.each([
    [['submit', '--provider', 'acme', 'hi'], "There is no provider 'acme' (from --provider). "],
    [
      ['submit', '--task-queue', 'a@b', 'hi'],
      "--task-queue takes a name without @, of at most 200 characters, not 'a@b'.",
    ],
    [['submit', '--allow', 'telepathy', 'hi'], ' (from --allow). '],
    [['worker', '--tuner', 'piano'], '--tuner'],
  ] as [string[], string][])('a flag is named as it was typed, not the variable: %o', async (args, sentence) => {
    const ran = await bench.run(args, { env: { ROOKERY_PROVIDER: 'demo', ROOKERY_TASK_QUEUE: 'ours' } });
    expect(ran, ran.stderr).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(sentence);
    expect(ran.stderr).not.toContain('ROOKERY_');
  });
});

describe('verbs that only look', () => {
  test.each([
    [['list'], 0],
    [['list', '--json'], 0],
    [['status', 'a-mistyped-one'], 5],
    [['approvals'], 0],
    [['logs'], 0],
    [['config'], 0],
    [['doctor'], 6],
    [['mirror', 'verify'], 0],
    [['audit', 'list'], 0],
    [['policy', 'list'], 0],
    [['ui'], 6],
    [['down'], 0],
    [['export', 'a-mistyped-one', '--to', 'x.md'], 5],
    [['follow', 'a-mistyped-one'], 5],
    [['wait', 'a-mistyped-one'], 5],
    [['result', 'a-mistyped-one'], 5],
    [['diff', 'a-mistyped-one'], 5],
  ] as [string[], number][])('%o creates no work directory', async (args, code) => {
    const typo = join(bench.root, `mistyped-${args.join('-').replaceAll('/', '')}`);
    const ran = await bench.run([...args, '--workdir', typo]);
    expect(existsSync(typo), ran.stderr).toBe(false);
    expect(ran, ran.stderr).toMatchObject({ code });
  });
});

describe('a stdout that cannot be written', () => {
  const full = async (args: readonly string[]) => {
    const device = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [MAIN, ...args], {
      ...{ cwd: bench.workspace, env: bench.env },
      stdio: ['ignore', device, 'pipe'],
    });
    closeSync(device);
    const [stderr, [code]] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')]);
    return { code, stderr };
  };

  test
    .skipIf(!existsSync('/dev/full'))
    .each([
      [['list', '--json']],
      [['config']],
      [['sign', 'hi']],
      [['--help']],
      [['submit', '--json', '--provider', 'acme', 'hi']],
    ])('%o ends with 6 and one sentence that says why', async (args) => {
    const { code, stderr } = await full(args);
    expect({ code, stderr }).toMatchObject({ code: 6 });
    expect(stderr).toMatch(
      /The result cannot be written to stdout: the disk is full\. Nothing is lost: see `rookery list`/,
    );
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});
