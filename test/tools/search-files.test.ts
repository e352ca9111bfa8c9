import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requiredTexts } from '../../src/tools/required-text.js';
import { findRipgrep } from '../../src/tools/ripgrep.js';
import type { ToolOutcome } from '../../src/tools/tool.js';
import { chance, SEEDS } from '../support/random.js';
import { type Bench, createBench } from './context.js';

let bench: Bench;
const put = async (name: string, content: string | Buffer): Promise<void> => {
  await mkdir(dirname(join(bench.workspace, name)), { recursive: true });
  await writeFile(join(bench.workspace, name), content);
};
/** More files than are gone through before ripgrep is asked. */
async function fill(): Promise<void> {
  for (let i = 0; i < 600; i++) await put(`aa/f${String(i).padStart(3, '0')}`, i === 7 ? 'early needle\n' : 'filler\n');
}
const WITHOUT = { env: { PATH: '' } };
const RIPGREP = findRipgrep(process.env.PATH);

beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.clear());

describe.each([
  ['with PATH', {}],
  ['without', WITHOUT],
])('search_files, %s', (_, options) => {
  beforeEach(async () => {
    await bench.clear();
    bench = await createBench(options);
    await mkdir(join(bench.workspace, 'src'));
    await put('a.txt', 'alpha\nbeta (x)\ngamma\n');
    await put('src/b.ts', 'const beta = 1;\r\n// beta again beta\n');
  });

  test('finds text literally and says where', async () => {
    expect((await bench.call('search_files', { pattern: 'beta' })).content.split('\n')).toEqual([
      'a.txt:2: beta (x)',
      'src/b.ts:1: const beta = 1;',
      'src/b.ts:2: // beta again beta',
      '[3 matches in 2 files]',
    ]);
    expect((await bench.call('search_files', { pattern: '(x)' })).content).toContain('a.txt:2: beta (x)');
    expect((await bench.call('search_files', { pattern: 'alpha', path: 'a.txt' })).content).toContain('a.txt:1: alpha');
    expect((await bench.call('search_files', { pattern: 'nothing' })).content).toBe('[0 matches in 0 files]');
  });

  test('finds by regular expression, and refuses a broken one with a sentence', async () => {
    const found = await bench.call('search_files', { pattern: '^(alpha|gamma)$', regex: true });
    expect(found.content).toBe('a.txt:1: alpha\na.txt:3: gamma\n[2 matches in 1 file]');
    expect(await bench.call('search_files', { pattern: '(', regex: true })).toMatchObject({
      outcome: 'failed',
      content: expect.stringContaining('not valid'),
    });
  });

  test('lines end before CR and LF, and a final newline begins no line', async () => {
    await put('crlf', 'one\r\ntwo\r\n');
    const search = async (pattern: string) =>
      (await bench.call('search_files', { pattern, path: 'crlf', regex: true })).content;
    expect(await search('o$')).toBe('crlf:2: two\n[1 match in 1 file]');
    expect(await search('.*')).toBe('crlf:1: one\ncrlf:2: two\n[2 matches in 1 file]');
    expect(await search('^$')).toBe('[0 matches in 0 files]');
  });

  test('a regular expression that would take years is stopped, and nothing else waits for it', async () => {
    await put('evil.txt', `${'a'.repeat(60)}!`);
    const ended: string[] = [];
    const slow = bench.call('search_files', { pattern: '^(a+)+$', regex: true }).finally(() => ended.push('slow'));
    for (let n = 0; n < 5; n++) await bench.call('read_file', { path: 'a.txt' });
    ended.push('others');
    expect((await slow).content).toContain('stopped after 5 s');
    expect(ended).toEqual(['others', 'slow']);
  });

  test('skips binary and big files, .git, node_modules, and says when a named file is too big', async () => {
    for (const dir of ['.git', 'node_modules']) await mkdir(join(bench.workspace, dir));
    await put('.git/x', 'needle');
    await put('node_modules/x', 'needle');
    await put('binary', Buffer.from('needle\0'));
    await put('big', `needle${' '.repeat(2 * 1024 * 1024)}`);
    expect((await bench.call('search_files', { pattern: 'needle' })).content).toBe(
      '[0 matches in 0 files]\n[left out: 1 binary file, 1 file over 2 MiB]',
    );
    expect((await bench.call('search_files', { pattern: '.*', regex: true, path: 'binary' })).content).toMatch(
      /^\[0 m/,
    );
    expect(await bench.call('search_files', { pattern: 'needle', path: 'big' })).toMatchObject({ outcome: 'failed' });
  });

  test('stops at max_results and cuts long lines', async () => {
    await put('many', 'needle\n'.repeat(10));
    await put('long', `needle${'😀'.repeat(2_000)}`);
    const { content } = await bench.call('search_files', { pattern: 'needle', max_results: 5, path: 'many' });
    expect(content.split('\n').slice(5)).toEqual([
      '[stopped at 5 matches; narrow the pattern or the path]',
      '[5 matches in 1 file]',
    ]);
    const long = await bench.call('search_files', { pattern: 'needle', path: 'long' });
    expect([...(long.content.split('\n')[0] ?? '')].length).toBe(300 + 'long:1: '.length);
    expect(long.content).toBe(Buffer.from(long.content).toString());
    expect(await bench.call('search_files', { pattern: 'needle', max_results: 10, path: 'many' })).toMatchObject({
      content: expect.not.stringContaining('stopped'),
    });
  });
});

describe.skipIf(!RIPGREP)('with ripgrep (skipped where there is no rg)', () => {
  const FILES: Readonly<Record<string, string | Buffer>> = {
    'zz/deep/er/a.ts': 'const needle = 1;\nfoo.bar(x);\n--flag -needle\n',
    'zz/b.txt': 'ä needle 😀 end\r\nfoo  bar\r\n',
    'zz/.hidden/c': 'needle hidden\n',
    'zz/.gitignore': 'ignored*\n',
    'zz/ignored.txt': 'needle ignored\n',
    'zz/.git/config': 'needle git\n',
    'zz/sub/.git': 'needle: a file of that name\n',
    'zz/node_modules/x/index.js': 'needle module\n',
    'zz/.env': 'needle=secret\n',
    'zz/late-nul': `${'x\n'.repeat(8_000)}\0\nneedle late\n`,
    'zz/early-nul': 'needle\0',
    'zz/utf16': Buffer.from('\ufeffneedle\n', 'utf16le'),
    'zz/bom': '\ufeffneedle bom\n',
    'zz/invalid': Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('needle invalid\n')]),
    'zz/big': `needle${' '.repeat(2 * 1024 * 1024)}`,
    'zz/line\nbreak': 'needle newline\n',
    'zz/empty': '',
    'z.b/1': 'needle order\n',
    'z.b-1/1': 'needle order\n',
  };
  const PATTERNS: readonly [string, boolean][] = [
    ...['needle', '-needle', '--flag', 'foo.bar(', 'ä', '😀', '\ufffd', 'needle\n', 'nothing at all', "'", '\\'].map(
      (text): [string, boolean] => [text, false],
    ),
    ...[
      'needle',
      '^needle',
      'n.{2}dle\\b',
      'foo\\s+bar',
      '(?<=a)b|needle',
      'foo\\.bar\\(',
      '(\\w)\\1d',
      'x{0}needle',
      '-?needle',
    ].map((text): [string, boolean] => [text, true]),
    ...['needle?', '[^x]eedle', 'end$|order$', '\\u00e4', 'needle😀?', '(?!x)needle', 'zz|needle|', '\\p'].map(
      (text): [string, boolean] => [text, true],
    ),
  ];

  test('the answers are those of the walk, whatever the pattern and the files', async () => {
    await fill();
    for (const [name, content] of Object.entries(FILES)) await put(name, content);
    await symlink(bench.outside, join(bench.workspace, 'zz/up'));
    await put('../canary', 'needle CANARY');
    const { workspace } = bench;
    const walking = await createBench(WITHOUT);
    // What was left out is counted only by the walk.
    const found = ({ content, ...others }: ToolOutcome) => ({
      ...others,
      content: content.replace(/\n\[left out.*$/, ''),
    });
    for (const [pattern, regex] of PATTERNS) {
      for (const path of ['.', 'zz', 'zz/node_modules']) {
        for (const ignored of path === 'zz' ? [false, true] : [false]) {
          const args = { pattern, regex, path, ignored };
          expect([args, found(await bench.call('search_files', args))]).toEqual([
            args,
            found(await walking.call('search_files', args, { workspace })),
          ]);
        }
      }
    }
    const { content } = await bench.call('search_files', { pattern: 'needle', ignored: true });
    expect((await bench.call('search_files', { pattern: 'needle' })).content).not.toContain('needle ignored');
    for (const word of ['hidden', 'ignored', 'a file of that name', 'late', 'invalid', 'newline', 'order'])
      expect(content).toContain(word);
    for (const word of ['secret', 'needle git', 'module', 'CANARY']) expect(content).not.toContain(word);
    await walking.clear();
  });

  test('a directory that was swapped for a link between its look and ours gives nothing', async () => {
    await fill();
    await put('../trap/a', 'needle CANARY');
    await symlink(join(bench.outside, 'trap'), join(bench.workspace, 'zz'));
    const liar = await lying(`printf './zz/a\\0../trap/a\\0./zz/../../trap/a\\0./aa/f007\\0./aa/gone\\0half'`);
    expect((await liar.call('search_files', { pattern: 'needle' }, { workspace: bench.workspace })).content).toBe(
      'aa/f007:1: early needle\n[1 match in 1 file]',
    );
    await liar.clear();
  });
});

describe('a ripgrep that is none', () => {
  test('one that does not understand us is done without', async () => {
    await fill();
    await put('zz/x', 'needle\n');
    const stranger = await lying('echo unrecognized flag >&2; exit 2');
    const { content } = await stranger.call('search_files', { pattern: 'needle' }, { workspace: bench.workspace });
    expect(content).toBe('aa/f007:1: early needle\nzz/x:1: needle\n[2 matches in 2 files]');
    await stranger.clear();
  });

  test('one that hangs, or never stops printing, is ended, and it is said that not all was searched', async () => {
    await fill();
    for (const script of ['exec sleep 600', "exec yes './aa/f007'"]) {
      const slow = await lying(script);
      const { content } = await slow.call('search_files', { pattern: 'needle' }, { workspace: bench.workspace });
      expect(content).toMatch(/^aa\/f007:1: early needle\n\[stopped after 5 s/);
      await slow.clear();
    }
  });

  test('one that lies in the workspace is never started', async () => {
    await fill();
    await put('bin/rg', `#!/bin/sh\necho ran > ${bench.workspace}/ran\n`);
    await chmod(join(bench.workspace, 'bin/rg'), 0o755);
    const { workspace } = bench;
    const other = await createBench({ env: { PATH: join(workspace, 'bin') } });
    await other.call('search_files', { pattern: 'needle' }, { workspace });
    expect((await bench.call('list_files', {})).content).not.toContain('ran');
    await other.clear();
  });
});

describe('the texts that a match must hold', () => {
  test.each<[string, readonly string[] | undefined]>([
    ['abc', ['abc']],
    ['ab+c', ['ab']],
    ['xab*cd', ['xa']],
    ['a?bcd', ['bcd']],
    ['ab{0,3}cde', ['cde']],
    ['foo|barbaz', ['foo', 'barbaz']],
    ['(foo|bar)', undefined],
    ['x(foo|bar)yy', ['yy']],
    ['[a|b]cd', ['cd']],
    ['[\\]|]cd', ['cd']],
    ['a\\.b', ['a.b']],
    ['a\\nb', undefined],
    ['\\d+', undefined],
    ['a|', undefined],
    ['^foo$', ['foo']],
    ['(a[)](b)c)de', ['de']],
    ['.', undefined],
  ])('%s', (pattern, texts) => expect(requiredTexts(pattern, true)).toEqual(texts));

  test('hold for whatever an expression finds, made at random', () => {
    const atoms = [
      'a',
      'b',
      'ab',
      '.',
      '[ab]',
      '[^b|]',
      '(a|b)',
      '(?:ab)',
      '\\w',
      '\\.',
      '|',
      '^',
      '{',
      '\\b',
      '(?!b)',
      'c-',
    ];
    const quantifiers = ['', '', '', '*', '+', '?', '{0,2}', '{2}', '+?'];
    let found = 0;
    for (const seed of SEEDS) {
      const { pick, below } = chance(seed);
      for (let i = 0; i < 20_000; i++) {
        const pattern = Array.from({ length: 1 + below(6) }, () => pick(atoms) + pick(quantifiers)).join('');
        const line = Array.from({ length: below(10) }, () => pick(['a', 'b', 'c', '.', '-', '{', '|'])).join('');
        const texts = compiles(pattern) && new RegExp(pattern).test(line) ? requiredTexts(pattern, true) : undefined;
        if (!texts) continue;
        found++;
        expect([pattern, line, texts.some((text) => line.includes(text))]).toEqual([pattern, line, true]);
      }
    }
    expect(found).toBeGreaterThan(500);
  });
});

// ---

/** A bench whose PATH holds nothing but this program as `rg`. */
async function lying(script: string): Promise<Bench> {
  const bin = join(bench.outside, `bin-${Math.random().toString(36).slice(2)}`);
  await mkdir(bin);
  await writeFile(join(bin, 'rg'), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  await chmod(join(bin, 'rg'), 0o755);
  return createBench({ env: { PATH: bin } });
}

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern) !== undefined;
  } catch {
    return false;
  }
}
