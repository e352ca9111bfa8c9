import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, createBench } from './context.js';

let bench: Bench;
const put = (name: string, content: string | Buffer) => writeFile(join(bench.workspace, name), content);
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.clear());

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
