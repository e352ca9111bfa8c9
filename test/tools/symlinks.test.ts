import { mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, createBench } from './context.js';

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
  await writeFile(join(bench.outside, 'canary'), 'CANARY');
  await mkdir(join(bench.workspace, 'dir'));
  await writeFile(join(bench.workspace, 'dir/a.txt'), 'inside');
  await writeFile(join(bench.workspace, 'link-free.txt'), 'inside');
});
afterEach(() => bench.clear());

describe('symlinks', () => {
  test('to a file outside, to a directory outside, in a chain, relative, and dangling are refused', async () => {
    const links: [string, string][] = [
      ['file', join(bench.outside, 'canary')],
      ['relative', '../canary'],
      ['up', '..'],
      ['root', '/'],
      ['chain', 'file'],
      ['dir/deep', '../../canary'],
      ['dangling', join(bench.outside, 'new')],
      ['proc', '/proc/self'],
    ];
    for (const [name, target] of links) await symlink(target, join(bench.workspace, name));
    for (const path of [
      'file',
      'relative',
      'up/canary',
      'root/etc/passwd',
      'chain',
      'dir/deep',
      'dangling',
      'proc/root/etc/passwd',
      'up/new',
    ]) {
      for (const result of [
        await bench.call('read_file', { path }),
        await bench.call('write_file', { path, content: 'x' }),
        await bench.call('write_file', { path, content: 'x', append: true }),
        await bench.call('search_files', { path, pattern: 'CANARY' }),
      ]) {
        expect([path, result.outcome]).toEqual([path, 'failed']);
        expect(result.content).not.toContain('CANARY"');
      }
    }
    expect(await readFile(join(bench.outside, 'canary'), 'utf8')).toBe('CANARY');
    expect((await readdir(bench.outside)).length).toBe(2);
  });

  test('inside the workspace are followed, and writing keeps the link', async () => {
    await symlink('dir', join(bench.workspace, 'alias'));
    await symlink('dir/a.txt', join(bench.workspace, 'short.txt'));
    expect((await bench.call('read_file', { path: 'alias/a.txt' })).outcome).toBe('ok');
    expect((await bench.call('write_file', { path: 'short.txt', content: 'new' })).outcome).toBe('ok');
    expect(await readFile(join(bench.workspace, 'dir/a.txt'), 'utf8')).toBe('new');
    expect(await realpath(join(bench.workspace, 'short.txt'))).toBe(join(bench.workspace, 'dir/a.txt'));
  });

  test('a link in a circle is told in a sentence', async () => {
    await symlink('loop', join(bench.workspace, 'loop'));
    expect(await bench.call('read_file', { path: 'loop' })).toMatchObject({ outcome: 'failed' });
  });

  test('listing and searching do not go through links', async () => {
    await symlink(bench.outside, join(bench.workspace, 'up'));
    const list = await bench.call('list_files', { recursive: true });
    expect(list.content).toContain(`up -> ${bench.outside}`);
    expect(list.content).not.toContain('canary');
    expect((await bench.call('search_files', { pattern: 'CANARY' })).content).toBe('[0 matches in 0 files]');
  });

  test('that are swapped in at any moment let nothing out and nothing be written outside', async () => {
    await mkdir(join(bench.outside, 'trap'));
    await writeFile(join(bench.outside, 'trap/a.txt'), 'CANARY');
    await mkdir(join(bench.workspace, 'real'));
    await writeFile(join(bench.workspace, 'real/a.txt'), 'inside');
    const swap = `cd ${bench.workspace}
      ln -s ${bench.outside}/trap evil; ln -s ${bench.outside}/canary evilfile; echo inside > goodfile
      while [ ! -e stop ]; do mv -T real hold && mv -T evil real; mv -T real evil && mv -T hold real
      ln -f goodfile f; ln -sfn ${bench.outside}/canary f; done`;
    const racer = bench.call('shell', { command: swap, timeout_secs: 100 });
    const seen = new Map<string, number>();
    // Each way often enough, however fast the machine is.
    while (['ok', 'failed'].some((outcome) => (seen.get(outcome) ?? 0) < 40)) {
      for (const result of [
        await bench.call('read_file', { path: 'real/a.txt' }),
        await bench.call('read_file', { path: 'f' }),
        await bench.call('write_file', { path: 'real/a.txt', content: 'inside' }),
        await bench.call('write_file', { path: 'real/new/b.txt', content: 'inside' }),
        await bench.call('write_file', { path: 'f', content: 'inside', append: true }),
        await bench.call('list_files', { path: 'real' }),
        await bench.call('search_files', { path: 'real', pattern: 'CANARY' }),
      ]) {
        seen.set(result.outcome, (seen.get(result.outcome) ?? 0) + 1);
        expect(result.content).not.toContain('\nCANARY');
        expect(result.content).not.toContain(': CANARY');
      }
    }
    await writeFile(join(bench.workspace, 'stop'), '');
    await racer;
    expect(await readFile(join(bench.outside, 'canary'), 'utf8')).toBe('CANARY');
    expect(await readFile(join(bench.outside, 'trap/a.txt'), 'utf8')).toBe('CANARY');
    expect(await readdir(join(bench.outside, 'trap'))).toEqual(['a.txt']);
  });
});
