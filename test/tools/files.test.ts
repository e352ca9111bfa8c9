import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeFile as writeTool } from '../../src/tools/write-file.js';
import { type Bench, createBench } from './context.js';

let bench: Bench;
const put = (name: string, content: string | Buffer) => writeFile(join(bench.workspace, name), content);
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.clear());

describe('read_file', () => {
  test.each([
    ['', 0],
    ['one', 1],
    ['one\n', 1],
    ['one\ntwo', 2],
    ['one\ntwo\n', 2],
    ['\n', 1],
    ['\n\n', 2],
    ['one\r\ntwo\r\n', 2],
  ])('%j has the right number of lines and comes back as it is', async (text, lines) => {
    await put('a.txt', text);
    expect(await bench.call('read_file', { path: 'a.txt' })).toEqual({
      outcome: 'ok',
      content: `[a.txt: ${lines} lines, ${text.length} bytes]\n${text}`,
    });
  });

  test('gives the lines that were asked for, and the true total', async () => {
    await put('a.txt', 'one\ntwo\nthree\nfour');
    const read = async (args: object) =>
      (await bench.call('read_file', { path: 'a.txt', ...args })).content.split('\n');
    expect(await read({ offset: 2, limit: 2 })).toEqual(['[a.txt: 4 lines, 18 bytes]', 'two', 'three', '']);
    expect(await read({ offset: 4 })).toEqual(['[a.txt: 4 lines, 18 bytes]', 'four']);
    expect(await read({ limit: 1 })).toEqual(['[a.txt: 4 lines, 18 bytes]', 'one', '']);
    expect(await read({ offset: 5 })).toEqual(['[a.txt: 4 lines, 18 bytes]', '[no line 5: the file has 4 lines]']);
  });

  test('a long file is cut, keeps the true total, and says with which offset to read on', async () => {
    await put('a.txt', Array.from({ length: 50_000 }, (_, i) => `line ${i + 1}\n`).join(''));
    const { content } = await bench.call('read_file', { path: 'a.txt' });
    expect(content).toMatch(/^\[a\.txt: 50000 lines, 538894 bytes\]\nline 1\n/);
    expect(content.endsWith('line 50000\n')).toBe(true);
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(65_536);
    const offset = Number(/read on with offset (\d+) and a limit/.exec(content)?.[1]);
    expect(content).toContain(`line ${offset - 1}\n`);
    const on = await bench.call('read_file', { path: 'a.txt', offset, limit: 3 });
    expect(on.content.split('\n')[1]).toBe(`line ${offset}`);
  });

  test('a line that is too long is not read on for ever', async () => {
    await put('a.txt', `${'x'.repeat(300_000)}\nend\n`);
    const { content } = await bench.call('read_file', { path: 'a.txt' });
    expect(content).toContain('line 1 alone is too long to be shown whole');
    expect(content.startsWith('[a.txt: 2 lines, 300005 bytes]')).toBe(true);
  });

  test('code points survive the borders of chunks and of the cut', async () => {
    await put('a.txt', `a${'😀'.repeat(60_000)}`);
    const { content } = await bench.call('read_file', { path: 'a.txt' });
    expect(content).not.toContain('\uFFFD');
    expect(content).toMatch(/😀\n\[… \d+ bytes left out.*\]\n😀/u);
  });

  test('a binary file and a file over 32 MiB are refused with a sentence', async () => {
    await put('b.bin', Buffer.from([1, 2, 0, 3]));
    await put('big.txt', '');
    await bench.call('shell', { command: 'truncate -s 40M big.txt' });
    expect(await bench.call('read_file', { path: 'b.bin' })).toEqual({
      outcome: 'failed',
      content: '"b.bin" is a binary file; only text can be read.',
    });
    expect((await bench.call('read_file', { path: 'big.txt' })).content).toContain('more than 32 MiB');
  });

  test('a call that was cancelled before says so', async () => {
    await put('a.txt', 'x');
    const signal = AbortSignal.abort();
    expect(await bench.call('read_file', { path: 'a.txt' }, { signal })).toMatchObject({ outcome: 'failed' });
  });
});

describe('list_files', () => {
  test('names each entry with its kind, sorted', async () => {
    await mkdir(join(bench.workspace, 'dir'));
    await put('b.txt', 'xyz');
    await put('a.txt', '');
    await put('dir/c.txt', '1');
    await symlink('a.txt', join(bench.workspace, 'link'));
    await put('new\nline', '');
    expect((await bench.call('list_files', {})).content.split('\n')).toEqual([
      'a.txt\t0',
      'b.txt\t3',
      'dir/',
      'link -> a.txt',
      'new\\x0aline\t0',
    ]);
    expect((await bench.call('list_files', { path: 'dir' })).content).toBe('dir/c.txt\t1');
  });

  test('a recursive list names .git and node_modules but does not enter them', async () => {
    for (const dir of ['.git', 'node_modules', 'src/deep'])
      await mkdir(join(bench.workspace, dir), { recursive: true });
    for (const file of ['.git/HEAD', 'node_modules/x', 'src/deep/a.ts']) await put(file, '');
    const { content } = await bench.call('list_files', { recursive: true });
    expect(content.split('\n')).toEqual(['.git/', 'node_modules/', 'src/', 'src/deep/', 'src/deep/a.ts\t0']);
  });

  test('stops at 2,000 entries, those nearest to the top first, and says so', async () => {
    await bench.call('shell', { command: 'mkdir -p a/b; cd a/b; for i in $(seq 2100); do : > $i; done; : > ../../zz' });
    const lines = (await bench.call('list_files', { recursive: true })).content.split('\n');
    expect(lines).toHaveLength(2_001);
    expect(lines).toContain('zz\t0');
    expect(lines.at(-1)).toBe('[only the first 2000 entries; list a directory further down]');
  });

  test('an empty directory says so, a missing one fails', async () => {
    expect(await bench.call('list_files', {})).toEqual({ outcome: 'ok', content: '[empty directory]' });
    expect(await bench.call('list_files', { path: 'no' })).toMatchObject({ outcome: 'failed' });
  });
});

describe('search_files', () => {
  beforeEach(async () => {
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

  test('a regular expression that would take years is stopped, and nothing else waits for it', async () => {
    await put('evil.txt', `${'a'.repeat(60)}!`);
    let ticks = 0;
    const clock = setInterval(() => ticks++, 10);
    const started = performance.now();
    const { content } = await bench.call('search_files', { pattern: '^(a+)+$', regex: true });
    clearInterval(clock);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(ticks).toBeGreaterThan(50);
    expect(content).toContain('stopped after 1.5 s');
  });

  test('skips binary and big files, .git, node_modules, and says when a named file is too big', async () => {
    for (const dir of ['.git', 'node_modules']) await mkdir(join(bench.workspace, dir));
    await put('.git/x', 'needle');
    await put('node_modules/x', 'needle');
    await put('binary', Buffer.from('needle\0'));
    await put('big', `needle${' '.repeat(2 * 1024 * 1024)}`);
    expect((await bench.call('search_files', { pattern: 'needle' })).content).toBe('[0 matches in 0 files]');
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
    expect(long.content.split('\n')[0]?.length).toBeLessThanOrEqual(320);
    expect(long.content).toBe(Buffer.from(long.content).toString());
    expect(await bench.call('search_files', { pattern: 'needle', max_results: 10, path: 'many' })).toMatchObject({
      content: expect.not.stringContaining('stopped'),
    });
  });
});

describe('write_file', () => {
  test('writes, replaces, and makes the directories', async () => {
    expect(await bench.call('write_file', { path: 'a/b/c.txt', content: 'ä' })).toEqual({
      outcome: 'ok',
      content: 'Wrote 2 bytes to a/b/c.txt',
    });
    await bench.call('write_file', { path: 'a/b/c.txt', content: 'new' });
    expect(await readFile(join(bench.workspace, 'a/b/c.txt'), 'utf8')).toBe('new');
    expect(await readdir(join(bench.workspace, 'a/b'))).toEqual(['c.txt']);
  });

  test('appends, also to what does not exist', async () => {
    for (const content of ['one\n', 'two\n']) await bench.call('write_file', { path: 'log', content, append: true });
    expect(await readFile(join(bench.workspace, 'log'), 'utf8')).toBe('one\ntwo\n');
  });

  test('keeps the mode of a file, and leaves an executable one executable', async () => {
    await bench.call('shell', { command: 'printf x > run.sh; chmod 775 run.sh' });
    await bench.call('write_file', { path: 'run.sh', content: 'new' });
    expect((await stat(join(bench.workspace, 'run.sh'))).mode & 0o777).toBe(0o775);
  });

  test.each(['.git/config', '.git/hooks/pre-commit', 'sub/.git/HEAD', '.GIT/config', '.git'])(
    '%s is refused',
    async (path) => {
      expect(await bench.call('write_file', { path, content: 'x' })).toMatchObject({
        outcome: 'failed',
        content: expect.stringContaining('belongs to git'),
      });
    },
  );

  test('.git under another name is refused too, and .gitignore is not', async () => {
    await mkdir(join(bench.workspace, '.git'));
    await symlink('.git', join(bench.workspace, 'innocent'));
    expect((await bench.call('write_file', { path: 'innocent/config', content: 'x' })).outcome).toBe('failed');
    expect((await bench.call('write_file', { path: '.gitignore', content: 'x' })).outcome).toBe('ok');
  });

  test('a directory in the place and a file in the path are told in sentences', async () => {
    await mkdir(join(bench.workspace, 'dir'));
    await put('file', '');
    for (const path of ['dir', 'dir/', 'file/below', 'file/below/deep']) {
      for (const append of [false, true]) {
        const result = await bench.call('write_file', { path, content: 'x', append });
        expect(result.outcome).toBe('failed');
        expect(result.content).toMatch(/\.$/);
        expect(result.content).not.toContain('/proc/');
      }
    }
  });

  test('the probe knows a finished replacement, and says nothing of anything else', async () => {
    await put('a.txt', 'content');
    const probe = (args: object) => writeTool.probe?.({ path: 'a.txt', content: 'content', ...args }, bench.context());
    expect(await probe({})).toEqual({ outcome: 'ok', content: 'Wrote 7 bytes to a.txt' });
    expect(await probe({ content: 'other' })).toBeUndefined();
    expect(await probe({ path: 'absent' })).toBeUndefined();
    expect(await probe({ append: true })).toBeUndefined();
    expect(await probe({ path: '../x' })).toBeUndefined();
  });
});
