import { execFileSync } from 'node:child_process';
import { link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
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

/** Every way of saying "outside" that file tools of others fell for. */
const LEAVING = [
  '..',
  '../',
  '../canary',
  './../canary',
  'dir/../../canary',
  'dir/./.././../canary',
  '../../../../../../etc/passwd',
  '/etc/passwd',
  '//etc/passwd',
  '///etc/passwd',
  '/etc/../etc/passwd',
  '/',
  '/.',
  '/proc/self/environ',
  '/proc/self/root/etc/passwd',
  '/proc/self/cwd/package.json',
  '/proc/self/fd/0',
  '/proc/1/environ',
  '/dev/stdin',
  '/dev/fd/0',
  '/dev/zero',
  '/dev/tcp/127.0.0.1/7233',
  'file:///etc/passwd',
  'file:/etc/passwd',
  'FILE:///etc/passwd',
  'file:dir/a.txt',
  'file://localhost/etc/passwd',
  'dir/a.txt\0',
  '\0',
  '../canary\0.txt',
  'dir\0/../../canary',
  'dir/../..',
  './/..//canary',
  '....//....//../../../canary',
  'x'.repeat(5_000),
  '../'.repeat(400),
  'nope/../../canary',
  'dir/a.txt/../../../canary',
];

/** Odd, but names like others: they lead nowhere outside, and some of them are files. */
const HARMLESS = [
  '%2e%2e/canary',
  '%2e%2e%2fcanary',
  '..%2fcanary',
  '..%252fcanary',
  '%252e%252e/canary',
  '..%c0%af..%c0%afcanary',
  '..\\canary',
  '..\\..\\canary',
  'C:\\Windows\\win.ini',
  '$(pwd)/canary',
  '...',
  '.../canary',
  '....//canary',
  '․․/canary',
  '．．/canary',
  '..;/canary',
  '..\u200b/canary',
  '.. /canary',
  '..\r/canary',
  'http://127.0.0.1/x',
  '\\\\server\\share',
  'dir/a.txt ',
  'dir/a.txt.',
  'DIR/A.TXT',
];

describe('the wall around the workspace', () => {
  test.each(LEAVING.map((path) => [path.slice(0, 60), path]))(
    '%j is refused, for reading and for writing',
    async (_, path) => {
      for (const result of [
        await bench.call('read_file', { path }),
        await bench.call('list_files', { path }),
        await bench.call('search_files', { path, pattern: 'CANARY' }),
        await bench.call('write_file', { path, content: 'x' }),
        await bench.call('write_file', { path, content: 'x', append: true }),
      ]) {
        expect(result.outcome).toBe('failed');
        expect(result.content).not.toContain('CANARY');
        expect(result.content).toMatch(/outside the workspace|NUL|is a URL|at most|not a directory|a part of the path/);
      }
      expect(await readFile(join(bench.outside, 'canary'), 'utf8')).toBe('CANARY');
      expect((await readdir(bench.outside)).length).toBe(2);
    },
  );

  test.each(HARMLESS)('%j is a name like any other, and leads nowhere outside', async (path) => {
    const read = await bench.call('read_file', { path });
    expect(read.content).not.toContain('CANARY');
    const written = await bench.call('write_file', { path, content: 'x' });
    expect(written).toMatchObject({ outcome: 'ok' });
    expect(await bench.call('read_file', { path })).toMatchObject({ outcome: 'ok' });
    expect(await readFile(join(bench.outside, 'canary'), 'utf8')).toBe('CANARY');
  });

  test.each(['dir/a.txt', './dir/a.txt', 'dir/../dir/a.txt', 'dir//a.txt', 'dir/./a.txt', 'nope/../dir/a.txt'])(
    '%j is inside',
    async (path) => {
      expect(await bench.call('read_file', { path })).toEqual({
        outcome: 'ok',
        content: '[dir/a.txt: 1 lines, 6 bytes]\ninside',
      });
    },
  );

  test('an absolute path inside is fine', async () => {
    const path = join(bench.workspace, 'dir/a.txt');
    expect(await bench.call('read_file', { path })).toMatchObject({ outcome: 'ok' });
  });

  test('a workspace that is itself reached through a symlink works, by both of its names', async () => {
    const alias = join(bench.outside, 'alias');
    await symlink(bench.workspace, alias);
    for (const path of ['dir/a.txt', join(alias, 'dir/a.txt'), join(bench.workspace, 'dir/a.txt')]) {
      expect(await bench.call('read_file', { path }, { workspace: alias })).toMatchObject({ outcome: 'ok' });
    }
  });

  test('a sibling whose name begins like the workspace is outside', async () => {
    const evil = `${bench.workspace}-evil`;
    await mkdir(evil);
    await writeFile(join(evil, 'canary'), 'CANARY');
    const name = evil.split('/').at(-1);
    for (const path of [join(evil, 'canary'), `../${name}/canary`]) {
      expect(await bench.call('read_file', { path })).toMatchObject({
        outcome: 'failed',
        content: expect.stringMatching(/outside/),
      });
    }
  });

  test('a workspace that is gone is told in a sentence', async () => {
    const workspace = join(bench.outside, 'gone');
    const result = await bench.call('read_file', { path: 'a' }, { workspace });
    expect(result).toEqual({
      outcome: 'failed',
      content: 'The workspace directory no longer exists; the person must restore it.',
    });
  });
});

describe('things that are no files', () => {
  test('a pipe, a device and a socket never hang a tool', async () => {
    execFileSync('mkfifo', [join(bench.workspace, 'pipe')]);
    for (const result of [
      await bench.call('read_file', { path: 'pipe' }),
      await bench.call('write_file', { path: 'pipe', content: 'x' }),
      await bench.call('write_file', { path: 'pipe', content: 'x', append: true }),
    ]) {
      expect(result).toMatchObject({ outcome: 'failed', content: expect.stringMatching(/not a regular file|a pipe/) });
    }
    expect((await bench.call('search_files', { pattern: 'x', path: 'pipe' })).content).toBe('[0 matches in 0 files]');
    expect((await bench.call('search_files', { pattern: 'inside' })).content).toContain('dir/a.txt:1: inside');
    expect((await bench.call('list_files', {})).outcome).toBe('ok');
  });

  test('a directory is told from a file', async () => {
    expect((await bench.call('read_file', { path: 'dir' })).content).toBe('"dir" is a directory; use list_files.');
    expect((await bench.call('list_files', { path: 'dir/a.txt' })).outcome).toBe('failed');
    expect((await bench.call('write_file', { path: '.', content: 'x' })).outcome).toBe('failed');
  });
});

describe('credential files', () => {
  test('are neither read, searched nor written, also under another name', async () => {
    await writeFile(join(bench.workspace, '.env'), 'KEY=CANARY');
    await symlink('.env', join(bench.workspace, 'notes.txt'));
    for (const path of ['.env', 'notes.txt', 'dir/../.ENV', 'dir/../.env']) {
      for (const result of [
        await bench.call('read_file', { path }),
        await bench.call('write_file', { path, content: 'x' }),
        await bench.call('search_files', { path, pattern: 'CANARY' }),
      ]) {
        expect(result).toMatchObject({ outcome: 'failed', content: expect.stringContaining('--allow secrets') });
      }
    }
    expect((await bench.call('search_files', { pattern: 'CANARY' })).content).toMatch(
      /^\[0 matches in 0 files\]\n\[left out: \d+ credential files?\]$/,
    );
    expect((await bench.call('list_files', {})).content).toContain('.env\t10');
    expect(await readFile(join(bench.workspace, '.env'), 'utf8')).toBe('KEY=CANARY');
  });

  test('are opened when the person allowed it', async () => {
    await writeFile(join(bench.workspace, '.env'), 'KEY=CANARY');
    const context = { secrets: true };
    expect((await bench.call('read_file', { path: '.env' }, context)).content).toContain('CANARY');
    expect((await bench.call('search_files', { pattern: 'CANARY' }, context)).content).toContain('.env:1: KEY=CANARY');
    expect((await bench.call('write_file', { path: '.env', content: 'x' }, context)).outcome).toBe('ok');
  });

  test('an example of one is no secret', async () => {
    await writeFile(join(bench.workspace, '.env.example'), 'KEY=');
    expect((await bench.call('read_file', { path: '.env.example' })).outcome).toBe('ok');
  });
});

test('a hard link within the workspace is a file like any other', async () => {
  await link(join(bench.workspace, 'dir/a.txt'), join(bench.workspace, 'hard'));
  await bench.call('write_file', { path: 'hard', content: 'new' });
  expect(await readFile(join(bench.workspace, 'dir/a.txt'), 'utf8')).toBe('inside');
});

describe('spellings that a shell would expand', () => {
  test.each(['~/notes.txt', '~', '~root/x', '$HOME/notes.txt', '$PWD'])(
    '%s is refused, and no directory of that name is made',
    async (path) => {
      const before = await readdir(bench.workspace);
      for (const [tool, more] of [
        ['write_file', { content: 'x' }],
        ['read_file', {}],
        ['list_files', {}],
      ] as const) {
        const { outcome, content } = await bench.call(tool, { path, ...more });
        expect([outcome, content]).toEqual(['failed', expect.stringContaining('is not expanded here')]);
      }
      expect(await readdir(bench.workspace)).toEqual(before);
    },
  );

  test('names that only look like them are names', async () => {
    await mkdir(join(bench.workspace, '~there'));
    for (const path of ['$postId.tsx', 'routes/$HOME', './~', 'a~', '~there/x'])
      expect((await bench.call('write_file', { path, content: 'x' })).outcome, path).toBe('ok');
  });
});
