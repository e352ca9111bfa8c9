/** An edit of a person or another program is never written over by a task that has not seen it. */
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSeenFiles } from '../../src/tools/seen-files.js';
import { type Bench, createBench } from './context.js';

let bench: Bench;
const at = (name: string): string => join(bench.workspace, name);
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.clear());

describe('a file that changed since the task last read or wrote it', () => {
  const CHANGED =
    '"a.txt" has changed since you last read or wrote it; nothing was written. Read it again, and keep what was changed.';

  test('after a read is neither written nor edited, until it is read again', async () => {
    await writeFile(at('a.txt'), 'one\n');
    await bench.call('read_file', { path: 'a.txt' });
    await writeFile(at('a.txt'), 'one\nby a person\n');
    for (const [tool, args] of [
      ['write_file', { content: 'mine' }],
      ['write_file', { content: 'mine', overwrite: true }],
      ['write_file', { content: 'mine', append: true }],
      ['edit_file', { old: 'one', new: 'two' }],
    ] as const)
      expect(await bench.call(tool, { path: 'a.txt', ...args })).toEqual({ outcome: 'failed', content: CHANGED });
    expect(await readFile(at('a.txt'), 'utf8')).toBe('one\nby a person\n');
    await bench.call('read_file', { path: 'a.txt', limit: 1 });
    expect((await bench.call('edit_file', { path: 'a.txt', old: 'one', new: 'two' })).outcome).toBe('ok');
    expect(await readFile(at('a.txt'), 'utf8')).toBe('two\nby a person\n');
  });

  test('after a write and after an edit of the task itself likewise', async () => {
    await bench.call('write_file', { path: 'a.txt', content: 'one\n' });
    await bench.call('edit_file', { path: 'a.txt', old: 'one', new: 'two' });
    await bench.call('write_file', { path: 'a.txt', content: 'three\n' });
    await bench.call('write_file', { path: 'a.txt', content: 'four\n', append: true });
    expect((await bench.call('write_file', { path: 'a.txt', content: 'five\n' })).outcome).toBe('ok');
    await appendFile(at('a.txt'), 'by a person\n');
    expect((await bench.call('write_file', { path: 'a.txt', content: 'six\n' })).content).toBe(CHANGED);
  });

  test('a touched file with the same content is the same file', async () => {
    await bench.call('write_file', { path: 'a.txt', content: 'one\n' });
    await writeFile(at('a.txt'), 'one\n');
    await chmod(at('a.txt'), 0o600);
    expect((await bench.call('write_file', { path: 'a.txt', content: 'two\n' })).outcome).toBe('ok');
  });
});

describe('a file that exists and was never read', () => {
  test('is not replaced without overwrite', async () => {
    await mkdir(at('src'));
    await writeFile(at('src/a.ts'), 'by a person');
    expect(await bench.call('write_file', { path: 'src/a.ts', content: 'mine' })).toEqual({
      outcome: 'failed',
      content:
        '"src/a.ts" exists and was not read in this task; nothing was written. Read it first, or set overwrite to replace it as a whole.',
    });
    expect(await readFile(at('src/a.ts'), 'utf8')).toBe('by a person');
    expect((await bench.call('write_file', { path: 'src/a.ts', content: 'mine', overwrite: true })).outcome).toBe('ok');
    expect(await readFile(at('src/a.ts'), 'utf8')).toBe('mine');
  });

  test('takes an addition at its end, and an edit of a text that it holds', async () => {
    await writeFile(at('log'), 'one\n');
    expect((await bench.call('write_file', { path: 'log', content: 'two\n', append: true })).outcome).toBe('ok');
    expect((await bench.call('edit_file', { path: 'log', old: 'one', new: '1' })).outcome).toBe('ok');
    expect(await readFile(at('log'), 'utf8')).toBe('1\ntwo\n');
  });

  test('is another one for each task', async () => {
    await writeFile(at('a'), 'x');
    await bench.call('read_file', { path: 'a' });
    const other = createSeenFiles(() => '/nonexistent/x')('task-2');
    expect((await bench.call('write_file', { path: 'a', content: 'y' }, { seen: other })).outcome).toBe('failed');
    expect((await bench.call('write_file', { path: 'a', content: 'y' })).outcome).toBe('ok');
  });
});

test('the notes outlive the worker, also one that ended in the middle of a note', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rookery-seen-'));
  try {
    const fileOf = (task: string): string => join(directory, task);
    const first = createSeenFiles(fileOf)('t');
    first.note('/w/a', 'h1');
    first.note('/w/a', 'h2');
    first.note('/w/b', 'h3');
    await appendFile(fileOf('t'), '["/w/a","h');
    const second = createSeenFiles(fileOf)('t');
    expect([second.last('/w/a'), second.last('/w/b'), second.last('/w/c')]).toEqual(['h2', 'h3', undefined]);
    expect(createSeenFiles(fileOf)('u').last('/w/a')).toBeUndefined();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
