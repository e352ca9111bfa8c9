import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

  test('every range of lines is the same as cutting the lines oneself, also over the borders of chunks', async () => {
    const lines = Array.from({ length: 3_000 }, (_, i) => `${i} ${'x'.repeat((i * 7919) % 97)}\n`);
    await put('a.txt', lines.join(''));
    for (let i = 0; i < 60; i++) {
      const offset = 1 + ((i * 7907) % 3_000);
      const limit = 1 + ((i * 104_729) % 300);
      const { content } = await bench.call('read_file', { path: 'a.txt', offset, limit });
      expect(content.slice(content.indexOf('\n') + 1)).toBe(lines.slice(offset - 1, offset - 1 + limit).join(''));
    }
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
