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

  test.each([
    '.git/config',
    '.git/hooks/pre-commit',
    'sub/.git/HEAD',
    '.GIT/config',
    '.git',
    '.bashrc',
    '.vscode/tasks.json',
  ])('%s is refused', async (path) => {
    expect(await bench.call('write_file', { path, content: 'x' })).toMatchObject({
      outcome: 'failed',
      content: expect.stringContaining('is protected'),
    });
  });

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
