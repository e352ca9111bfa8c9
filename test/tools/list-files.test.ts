import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LONG } from '../support/random.js';
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

  test('shows 2,000 entries, those nearest to the top first, and continues after one', async () => {
    await bench.call('shell', { command: 'mkdir -p a/b; cd a/b; for i in $(seq 2100); do : > $i; done; : > ../../zz' });
    const lines = (await bench.call('list_files', { recursive: true })).content.split('\n');
    expect(lines).toHaveLength(2_001);
    expect(lines).toContain('zz\t0');
    const last = lines.at(-2)?.split('\t')[0];
    expect(lines.at(-1)).toBe(`[2000 of 2103 entries; continue with after: "${last}"]`);
    const rest = (await bench.call('list_files', { recursive: true, after: last })).content.split('\n');
    expect(rest.at(-1)).toBe('[the last 103 of 2103 entries]');
    expect(new Set([...lines.slice(0, -1), ...rest.slice(0, -1)]).size).toBe(2_103);
  });

  test('a directory of 100,000 entries (fewer in a quick run) is sorted before it is cut', async () => {
    const count = LONG ? 100_000 : 10_000;
    await bench.call('shell', { command: `mkdir big; cd big; seq -f "%06.0f" ${count} | xargs touch` });
    const { content } = await bench.call('list_files', { path: 'big' });
    const lines = content.split('\n');
    expect([lines[0], lines[1_999]]).toEqual(['big/000001\t0', 'big/002000\t0']);
    expect(lines[2_000]).toBe(`[2000 of ${count} entries; continue with after: "big/002000"]`);
    const tail = await bench.call('list_files', { path: 'big', after: `big/${String(count - 1).padStart(6, '0')}` });
    expect(tail.content).toBe(`big/${String(count).padStart(6, '0')}\t0\n[the last 1 of ${count} entries]`);
    expect((await bench.call('list_files', { path: 'big', name: '*999' })).content.split('\n')).toHaveLength(
      count / 1_000,
    );
  });

  test('a name that is not UTF-8 is listed and says so', async () => {
    await writeFile(
      Buffer.concat([Buffer.from(`${bench.workspace}/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]),
      '1',
    );
    expect((await bench.call('list_files', {})).content).toBe(
      'caf\ufffd.txt\t1\t[the name is not UTF-8: no tool can open it]',
    );
    expect((await bench.call('search_files', { pattern: '1' })).content).toBe(
      '[0 matches in 0 files]\n[left out: 1 name that is not UTF-8]',
    );
  });

  test("a person's own .git/info/exclude counts too, and a .gitignore goes before it", async () => {
    await mkdir(join(bench.workspace, '.git/info'), { recursive: true });
    await mkdir(join(bench.workspace, 'src'));
    await put('.git/info/exclude', '# mine\n*.log\n/src/private.ts\n');
    await put('src/.gitignore', '!keep.log\n');
    for (const name of ['src/a.ts', 'src/a.log', 'src/keep.log', 'src/private.ts']) await put(name, 'needle');
    const found = async (args: object) => (await bench.call('search_files', { pattern: 'needle', ...args })).content;
    expect(await found({})).toMatch(/^src\/a\.ts:1: needle\nsrc\/keep\.log:1: needle\n\[2 matches/);
    expect(await found({ path: 'src' })).toContain('[2 matches');
    expect(await found({ ignored: true })).toContain('[4 matches');
    expect((await bench.call('list_files', { path: 'src' })).content).not.toMatch(/a\.log|private/);
  });

  test('what .gitignore names is left out, counted, and there with the switch', async () => {
    await mkdir(join(bench.workspace, 'src/dist/deep'), { recursive: true });
    await put('.gitignore', 'dist/\n*.log\n');
    await put('src/.gitignore', '!keep.log\n');
    for (const name of ['src/a.ts', 'src/a.log', 'src/keep.log', 'src/dist/x.js', 'src/dist/deep/y.js'])
      await put(name, 'needle');
    const shown = async (args: object) => (await bench.call('list_files', args)).content.split('\n');
    expect(await shown({ recursive: true })).toEqual([
      '.gitignore\t12',
      'src/',
      'src/.gitignore\t10',
      'src/a.ts\t6',
      'src/keep.log\t6',
      '[2 entries are left out; set ignored to list what .gitignore names]',
    ]);
    expect(await shown({ path: 'src' })).toContain('src/keep.log\t6');
    expect(await shown({ path: 'src' })).not.toContain('src/a.log\t6');
    expect(await shown({ recursive: true, ignored: true })).toContain('src/dist/deep/y.js\t6');
    // What was asked for by name is there.
    expect(await shown({ path: 'src/dist' })).toEqual(['src/dist/deep/', 'src/dist/x.js\t6']);
    const found = async (args: object) =>
      (await bench.call('search_files', { pattern: 'needle', ...args })).content.split('\n');
    expect(await found({})).toEqual([
      'src/a.ts:1: needle',
      'src/keep.log:1: needle',
      '[2 matches in 2 files]',
      '[left out: 2 entries that .gitignore names]',
    ]);
    expect(await found({ ignored: true })).toHaveLength(6);
  });

  test('an empty directory says so, a missing one fails', async () => {
    expect(await bench.call('list_files', {})).toEqual({ outcome: 'ok', content: '[empty directory]' });
    expect(await bench.call('list_files', { path: 'no' })).toMatchObject({ outcome: 'failed' });
  });
});
