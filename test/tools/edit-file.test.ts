import { chmod, link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { editFile } from '../../src/tools/edit-file.js';
import { replaceText } from '../../src/tools/replace-text.js';
import { expectLinear } from '../support/growth.js';
import { chance, SCALE, SEEDS } from '../support/random.js';
import { type Bench, createBench } from './context.js';

let bench: Bench;
const at = (name: string): string => join(bench.workspace, name);
const put = (name: string, content: string | Buffer): Promise<void> => writeFile(at(name), content);
const text = (name: string): Promise<string> => readFile(at(name), 'utf8');
const edit = (path: string, old: string, fresh: string, all?: boolean) =>
  bench.call('edit_file', { path, old, new: fresh, ...(all === undefined ? {} : { all }) });
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.clear());

describe('edit_file', () => {
  test('replaces what occurs once, and says where', async () => {
    await put('a.ts', 'one\ntwo\nthree');
    expect(await edit('a.ts', 'two\nth', '$& $1\nTH')).toEqual({
      outcome: 'ok',
      content: 'Replaced 1 occurrence in a.ts (line 2)',
    });
    expect(await text('a.ts')).toBe('one\n$& $1\nTHree');
    expect(await readdir(bench.workspace)).toEqual(['a.ts']);
  });

  test('refuses what occurs more than once, and says how often and at which lines', async () => {
    await put('a', 'x\nfoo\nx foo\n');
    expect(await edit('a', 'foo', 'bar')).toEqual({
      outcome: 'failed',
      content: 'The text occurs 2 times in "a" (lines 2, 3); give more of the surrounding text, or set all.',
    });
    await put('b', 'aaa');
    expect(await edit('b', 'aa', 'c')).toMatchObject({
      outcome: 'failed',
      content: expect.stringContaining('2 times'),
    });
    expect(await text('a')).toBe('x\nfoo\nx foo\n');
  });

  test('replaces every occurrence with all, and none of what it has put in', async () => {
    await put('a', 'foo foo\nfoo');
    expect((await edit('a', 'foo', 'foofoo', true)).content).toBe('Replaced 3 occurrences in a (lines 1, 1, 2)');
    expect(await text('a')).toBe('foofoo foofoo\nfoofoo');
    await edit('a', 'foofoo', '', true);
    expect(await text('a')).toBe(' \n');
  });

  test('refuses what does not occur, with the line that is like it but for white space', async () => {
    await put('a', 'begin\n\tif (x) {\n\t\treturn 1;\n\t}\nif (x) {\n}\n');
    expect((await edit('a', 'if (x) {\n  return 1;\n', 'y')).content).toBe(
      'The text does not occur in "a"; read the file and give the text exactly as it stands there. Apart from ' +
        'white space it matches line 2: "\\tif (x) {"',
    );
    expect((await edit('a', 'nowhere', 'y')).content).not.toContain('white space');
    await put('nfd', 'cafe\u0301 = 1;\nsay \u201chello\u201d \u2014 it\u2019s\n');
    expect((await edit('nfd', 'caf\u00e9 = 1;', 'y')).content).toContain(
      'Apart from the form of composed characters (NFC, NFD) it matches line 1:',
    );
    expect((await edit('nfd', 'say "hello" - it\'s', 'y')).content).toContain(
      'Apart from typographic quotes and dashes it matches line 2:',
    );
    expect((await edit('a', ' \n ', 'y')).outcome).toBe('failed');
  });

  test('refuses the same text, an empty one, a file that is none, and one that is no text', async () => {
    await put('a', 'x\n');
    expect((await edit('a', 'x', 'x')).content).toContain('the same text');
    expect((await edit('a', 'x\r\n', 'x\n')).content).toContain('the same text');
    await expect(edit('a', '', 'x')).rejects.toThrow('old: it is empty');
    expect((await edit('absent', 'x', 'y')).content).toBe('"absent": there is no such file or directory.');
    await mkdir(at('dir'));
    for (const path of ['dir', '.', 'a/']) expect((await edit(path, 'x', 'y')).outcome).toBe('failed');
    await put('binary', 'x\0');
    expect((await edit('binary', 'x', 'y')).content).toContain('binary');
    await put('latin', Buffer.from([0x78, 0xe4]));
    expect((await edit('latin', 'x', 'y')).content).toContain('not valid UTF-8');
    await put('big', 'x'.repeat(2 * 1024 * 1024 + 1));
    expect((await edit('big', 'x', 'y')).content).toContain('2 MiB');
    await put('grows', 'x'.repeat(1_000));
    expect((await edit('grows', 'x', 'y'.repeat(3_000), true)).content).toContain('more than 2 MiB then');
    expect(await text('grows')).toBe('x'.repeat(1_000));
  });

  test('keeps line ends, the last newline or its absence, BOM and mode', async () => {
    await put('crlf', '\ufeffone\r\ntwo\r\nthree');
    await chmod(at('crlf'), 0o775);
    expect((await edit('crlf', 'one\ntwo', 'ONE\nand\nTWO')).outcome).toBe('ok');
    expect(await text('crlf')).toBe('\ufeffONE\r\nand\r\nTWO\r\nthree');
    expect((await stat(at('crlf'))).mode & 0o777).toBe(0o775);
    await edit('crlf', 'three', 'three\nfour');
    expect(await text('crlf')).toBe('\ufeffONE\r\nand\r\nTWO\r\nthree\r\nfour');
    await put('mixed', 'a\r\nb\nc\r\nd\n');
    await edit('mixed', 'b\nc', 'B\nX\nC');
    expect(await text('mixed')).toBe('a\r\nB\nX\nC\r\nd\n');
    await put('lf', 'a\nb\n');
    await edit('lf', 'a\r\nb', 'x\r\ny');
    expect(await text('lf')).toBe('x\ny\n');
  });

  test.each(['.git/config', 'sub/.GIT/hooks/x', '.bashrc', '.vscode/tasks.json', 'rookery.toml', '.env'])(
    '%s is refused',
    async (path) => {
      await mkdir(join(at(path), '..'), { recursive: true });
      await put(path, 'x');
      await symlink(path, at('innocent'));
      for (const name of [path, 'innocent']) {
        expect(await edit(name, 'x', 'y')).toMatchObject({
          outcome: 'failed',
          content: expect.stringMatching(/is protected|--allow secrets/),
        });
      }
      expect(await text(path)).toBe('x');
    },
  );

  test('a hard link to a file outside keeps that file as it is, for every way of writing', async () => {
    await writeFile(join(bench.outside, 'canary'), 'one');
    for (const name of ['a', 'b', 'c']) await link(join(bench.outside, 'canary'), at(name));
    expect((await edit('a', 'one', 'two')).outcome).toBe('ok');
    expect((await bench.call('write_file', { path: 'b', content: 'two', overwrite: true })).outcome).toBe('ok');
    expect(await bench.call('write_file', { path: 'c', content: 'two', append: true })).toMatchObject({
      outcome: 'failed',
      content: expect.stringContaining('hard links'),
    });
    expect(await readFile(join(bench.outside, 'canary'), 'utf8')).toBe('one');
  });

  test('a file that another program writes meanwhile is not overwritten', async () => {
    let lost = 0;
    for (let i = 0; i < 40; i++) {
      await put('a', `start ${'x'.repeat(200_000)}`);
      const [{ outcome }] = await Promise.all([edit('a', 'start', 'edited'), put('a', `theirs ${i}`)]);
      const left = await text('a');
      if (left.startsWith('edited') && outcome === 'failed') lost++;
      if (outcome === 'failed') expect(left).toBe(`theirs ${i}`);
    }
    expect(lost).toBe(0);
  });

  test('the probe says what the file shows, and nothing where that is not certain', async () => {
    await put('a', 'new text here\n');
    const probe = (args: object) =>
      editFile.probe?.({ path: 'a', old: 'gone', new: 'new text', ...args }, bench.context());
    expect(await probe({})).toMatchObject({ outcome: 'ok', content: expect.stringContaining('holds the new text') });
    for (const args of [
      { old: 'here' },
      { new: '' },
      { new: 'absent' },
      { old: 'text', new: 'new text' },
      { new: 'e' },
      { path: 'absent' },
      { path: '../x' },
    ]) {
      expect([args, await probe(args)]).toEqual([args, undefined]);
    }
  });
});

test(`agrees with a plain replacement wherever line ends are of one kind (${Math.ceil(4_000 * SCALE)} texts)`, () => {
  for (const seed of SEEDS) {
    const { pick, below } = chance(seed);
    const some = (length: number): string =>
      Array.from({ length }, () => pick(['a', 'b', '\n', '\ufeff', 'ä'])).join('');
    for (let i = 0; i < 4_000 * SCALE; i++) {
      const [plain, old, fresh] = [some(below(30)), some(1 + below(3)), some(below(4))];
      for (const [written, end] of [
        [plain, '\n'],
        [plain.replaceAll('\n', '\r\n'), '\r\n'],
      ] as const) {
        const replaced = replaceText(written, { old, new: fresh, all: true, maxBytes: 1e6 });
        // A text without any line end takes those of Unix.
        const ends = written.includes('\n') ? end : '\n';
        const wanted = plain.replaceAll(old, () => fresh).replaceAll('\n', ends);
        if (replaced.kind === 'replaced')
          expect([written, old, fresh, replaced.text]).toEqual([written, old, fresh, wanted]);
        else expect(plain.includes(old)).toBe(false);
      }
    }
  }
});

test('the hint is found in one pass, also in a text of equal lines', () => {
  const editOf = (lines: number) => ({
    text: '  }\n'.repeat(lines),
    edit: { old: `${' }\n'.repeat(lines / 2)}x`, new: '', all: false, maxBytes: 1e7 },
  });
  expectLinear(10_000, editOf, ({ text, edit }) => expect(replaceText(text, edit).kind).toBe('none'));
});
