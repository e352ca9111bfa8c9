/**
 * Nothing outside the workspace is read or written by a file tool, however the path is spelled and whatever is swapped
 * for a link meanwhile; and no odd name inside is denied.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { lstat, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ToolOutcome } from '../../src/tools/tool.js';
import { chance, SCALE, SEEDS } from '../support/random.js';
import { type Bench, createBench } from './context.js';
import { linksOut, oddNames, protectedSpellings, spellings } from './spellings.js';

const RACER = fileURLToPath(new URL('./racer-main.mjs', import.meta.url));
/** As a line of a file, a line that was found, and a name in a listing; not as the words of a refusal. */
const LEAKED = /: CANARY|\nCANARY|only-outside\t/;
const RACE_MS = Math.max(500, 60_000 * SCALE);
const OUTSIDE = ['canary', 'trap/deep', 'trap/a.txt', 'trap/only-outside', 'trap/top/mid/a.txt', 'trap/mid/a.txt'];

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
  for (const name of OUTSIDE) await put(join(bench.outside, name), 'CANARY old\n');
  await put(`${bench.workspace}-evil/canary`, 'CANARY old\n');
  await put(join(bench.workspace, 'dir/a.txt'), 'inside old\n');
  await put(join(bench.workspace, 'dir/sub/b.txt'), 'inside old\n');
});
afterEach(() => bench.clear());

describe('spellings of what is outside', () => {
  test('none of them lets a tool read or write there', async () => {
    for (const [name, target] of linksOut(bench)) await symlink(target, join(bench.workspace, name));
    const paths = spellings(bench);
    expect(paths.length).toBeGreaterThanOrEqual(400);
    await makeOld(bench.outside);
    const [before, look] = [await outside(), await whetherReadingShows()];
    const counts = { calls: 0, refused: 0, escapes: 0 };
    for (const path of paths) {
      for (const [tool, answer] of await everyTool(path, 'old')) {
        counts.calls++;
        if (answer.outcome === 'failed') counts.refused++;
        // A listing tells where a link leads, and a link's own text is inside.
        if (LEAKED.test(answer.content)) expect([tool, path, answer]).toEqual('no escape');
      }
    }
    if (look) expect((await outside()).filter((line, i) => line !== before[i])).toEqual([]);
    expect((await outside()).map(withoutAccess)).toEqual(before.map(withoutAccess));
    console.log(
      `${paths.length} spellings, ${counts.calls} calls, ${counts.refused} refused, 0 escapes${look ? ', 0 reads' : ''}`,
    );
  });

  test('what is protected is written under no spelling', async () => {
    for (const name of ['.git/config', '.bashrc', 'rookery.toml']) await put(join(bench.workspace, name), 'kept old\n');
    const paths = protectedSpellings();
    for (const path of paths) {
      for (const [tool, answer] of await everyTool(path, 'old')) {
        const writes = tool.startsWith('write') || tool === 'edit_file';
        if (writes) expect([tool, path, answer]).toMatchObject([tool, path, { outcome: 'failed' }]);
      }
    }
    for (const name of ['.git/config', '.bashrc', 'rookery.toml'])
      expect(await readFile(join(bench.workspace, name), 'utf8')).toBe('kept old\n');
    expect((await readdir(bench.workspace)).sort()).toEqual(['.bashrc', '.git', 'dir', 'rookery.toml']);
  });
});

test('no odd name is denied', async () => {
  const names = oddNames();
  expect(names.length).toBeGreaterThanOrEqual(200);
  const denied: unknown[] = [];
  for (const [i, name] of names.entries()) {
    const path = `n${i}/${name}`;
    const steps: [string, object, string][] = [
      ['write_file', { path, content: 'first\n' }, 'Wrote 6 bytes'],
      ['read_file', { path }, 'first'],
      ['edit_file', { path, old: 'first', new: 'second' }, 'Replaced 1'],
      ['write_file', { path, content: 'third\n', append: true }, 'Wrote 6 bytes'],
      ['search_files', { path, pattern: 'second' }, '[1 match in 1 file]'],
      ['list_files', { path: dirname(path) }, '\t13'],
    ];
    for (const [tool, args, words] of steps) {
      const answer = await bench.call(tool, args);
      if (answer.outcome !== 'ok' || !answer.content.includes(words)) denied.push([tool, path, answer]);
    }
  }
  expect(denied).toEqual([]);
  console.log(`${names.length} odd names, 6 calls each, 0 denied`);
});

describe(`swaps while the tools run, ${RACE_MS / 1000} s each`, () => {
  test.each(['directory', 'file', 'ancestor', 'absent'])(
    'of %s: nothing gets out, nothing is written outside',
    async (kind) => {
      // So many that a search asks ripgrep, where there is one.
      for (let i = 0; i < 520; i++) await put(join(bench.workspace, `aa/f${i}`), 'filler\n');
      const before = (await outside()).map(withoutAccess);
      const racer = promisify(execFile)(process.execPath, [
        RACER,
        kind,
        bench.workspace,
        bench.outside,
        String(RACE_MS),
      ]);
      const counts = { ok: 0, failed: 0 };
      let racing = true;
      const over = (): void => {
        racing = false;
      };
      void racer.then(over, over);
      const { pick } = chance(SEEDS[1] ?? 1);
      while (racing) {
        const [tool, args] = pick(callsFor(kind));
        const { outcome, content } = await bench.call(tool, args);
        counts[outcome]++;
        if (LEAKED.test(content)) expect([tool, args, content]).toEqual('no escape');
      }
      const { swaps, repairs } = JSON.parse((await racer).stdout) as Record<string, number>;
      expect((await outside()).map(withoutAccess)).toEqual(before);
      expect(counts.ok).toBeGreaterThan(0);
      expect(swaps).toBeGreaterThan(1_000);
      console.log(
        `${kind}: ${swaps} swaps (${repairs} repairs), ${counts.ok} calls ok, ${counts.failed} failed, 0 escapes`,
      );
    },
    RACE_MS + 30_000,
  );
});

// ---

async function everyTool(path: string, old: string): Promise<[string, ToolOutcome][]> {
  const calls: [string, object][] = [
    ['read_file', { path }],
    ['list_files', { path }],
    ['list_files', { path, recursive: true }],
    ['search_files', { path, pattern: 'CANARY' }],
    ['write_file', { path, content: 'new\n' }],
    ['write_file', { path, content: 'new\n', append: true }],
    ['edit_file', { path, old, new: 'new' }],
  ];
  const answers: [string, ToolOutcome][] = [];
  for (const [tool, args] of calls) answers.push([tool, await bench.call(tool, args)]);
  return answers;
}

function callsFor(kind: string): [string, object][] {
  const path = { directory: 'real/a.txt', file: 'real/a.txt', ancestor: 'top/mid/a.txt' }[kind] ?? 'new';
  const above = kind === 'absent' ? '.' : dirname(path);
  return [
    ['read_file', { path }],
    ['read_file', { path: kind === 'directory' ? 'real/only-outside' : path }],
    ['list_files', { path: above, recursive: kind !== 'absent' }],
    ['search_files', { path: above, pattern: 'CANARY' }],
    ['search_files', { pattern: 'CANARY' }],
    ['write_file', { path, content: 'inside\n' }],
    ['write_file', { path, content: 'inside\n', append: true }],
    ['write_file', { path: kind === 'absent' ? 'made/new/b.txt' : join(above, 'made/b.txt'), content: 'inside\n' }],
    ['edit_file', { path, old: 'inside', new: 'inside too' }],
    ['edit_file', { path, old: 'CANARY', new: 'escaped' }],
  ];
}

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** Every name outside with its kind and when it was written; the last word is when it was read. */
async function outside(directory = bench.outside): Promise<string[]> {
  const lines: string[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const path = join(directory, name);
    if (path === bench.workspace) continue;
    const { mode, ino, mtimeMs, size, atimeMs } = await lstat(path);
    const isDirectory = (mode & constants.S_IFMT) === constants.S_IFDIR;
    // A directory is read by this very look.
    lines.push([path, mode, ino, mtimeMs, size, isDirectory ? '-' : atimeMs].join(' '));
    if (isDirectory) lines.push(...(await outside(path)));
  }
  return lines;
}

function withoutAccess(line: string): string {
  return line.slice(0, line.lastIndexOf(' '));
}

/** Read before they were written, so that the next reading shows, also where not each is noted. */
async function makeOld(directory: string): Promise<void> {
  for (const name of OUTSIDE) await utimes(join(directory, name), new Date(2_000), new Date(1_000_000));
}

async function whetherReadingShows(): Promise<boolean> {
  const probe = join(bench.workspace, 'dir/probe');
  await writeFile(probe, 'x');
  await utimes(probe, new Date(2_000), new Date(1_000_000));
  await readFile(probe);
  return (await lstat(probe)).atimeMs !== 2_000;
}
