import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, createBench } from './context.js';

let bench: Bench;
const put = (name: string, content: string | Buffer) => writeFile(join(bench.workspace, name), content);
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.clear());

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
