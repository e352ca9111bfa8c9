/** Changes are taken over into a work tree whole or not at all, also when it is stopped in the middle. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Merging, planMerge, planRest, takeStep } from '../../src/git/merge.js';
import { type Snapshots, takeSnapshot } from '../../src/git/snapshot.js';

let root: string;
let mine: string;
let theirs: string;
let snapshots: Snapshots;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'rookery-merge-')));
  mine = join(root, 'mine');
  theirs = join(root, 'theirs');
  mkdirSync(join(root, 'home'));
  mkdirSync(mine);
  snapshots = { root: join(root, 'snapshots'), env: { PATH: process.env.PATH, HOME: join(root, 'home') } };
  git(mine, 'init', '-q');
  put(mine, { 'a.txt': 'one\ntwo\nthree\nfour\nfive\n', 'b.txt': 'b\n' });
  git(mine, 'add', '-A');
  git(mine, 'commit', '-qm', 'first');
  git(mine, 'worktree', 'add', '-q', theirs);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(at: string, ...args: string[]): string {
  const config = ['-c', 'user.name=p', '-c', 'user.email=p@example.com'];
  return execFileSync('git', [...config, ...args], { cwd: at, encoding: 'utf8', stdio: 'pipe' });
}
function put(at: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
}
const text = (name: string): string => readFileSync(join(mine, name), 'utf8');

/** Of what `change` does in the other work tree. */
async function merging(change: () => void): Promise<Merging> {
  const there = { top: theirs, directory: '' };
  const { tree: from } = await takeSnapshot(snapshots, there);
  change();
  const { tree: to } = await takeSnapshot(snapshots, there);
  return { source: theirs, from, to, target: { top: mine, directory: '' } };
}

async function planned(wanted: Merging) {
  const plan = await planMerge(snapshots, wanted);
  if (plan.kind !== 'step') throw new Error(`${plan.kind}: ${plan.paths}`);
  return plan;
}

test('lines of both are kept; the index and the head of the person stay', async () => {
  const wanted = await merging(() => put(theirs, { 'a.txt': 'ONE\ntwo\nthree\nfour\nfive\n', 'new.txt': 'new\n' }));
  put(mine, { 'a.txt': 'one\ntwo\nthree\nfour\nFIVE\n' });
  git(mine, 'add', 'a.txt');
  const index = git(mine, 'ls-files', '-s');
  expect(await takeStep(snapshots, wanted, await planned(wanted))).toEqual({ kind: 'taken' });
  expect([text('a.txt'), text('new.txt')]).toEqual(['ONE\ntwo\nthree\nfour\nFIVE\n', 'new\n']);
  expect(git(mine, 'ls-files', '-s')).toBe(index);
  // A second time there is nothing left.
  const again = await planned(wanted);
  expect(again.present).toBe(again.next);
});

test('a conflict names its files and writes nothing', async () => {
  const wanted = await merging(() => put(theirs, { 'a.txt': 'theirs\n', 'b.txt': 'B\n' }));
  put(mine, { 'a.txt': 'mine\n' });
  expect(await planMerge(snapshots, wanted)).toEqual({ kind: 'conflict', paths: ['a.txt'] });
  expect([text('a.txt'), text('b.txt')]).toEqual(['mine\n', 'b\n']);
});

test('a file that git ignores and that is in the way is not overwritten, and nothing else is written', async () => {
  put(mine, { '.gitignore': 'secret.txt\n', 'secret.txt': 'mine\n' });
  const wanted = await merging(() => put(theirs, { 'b.txt': 'B\n', 'secret.txt': 'theirs\n' }));
  expect(await planMerge(snapshots, wanted)).toEqual({ kind: 'in the way', paths: ['secret.txt'] });
  expect([text('b.txt'), text('secret.txt')]).toEqual(['b\n', 'mine\n']);
});

test('what a person writes between the plan and the step stays', async () => {
  const wanted = await merging(() => put(theirs, { 'a.txt': 'theirs\n', 'b.txt': 'B\n' }));
  const plan = await planned(wanted);
  put(mine, { 'a.txt': 'written just now\n', 'other.txt': 'also\n' });
  expect(await takeStep(snapshots, wanted, plan)).toMatchObject({ kind: 'undone' });
  expect([text('a.txt'), text('b.txt'), text('other.txt')]).toEqual(['written just now\n', 'b\n', 'also\n']);
});

test.skipIf(process.getuid?.() === 0)('a directory that cannot be written takes all of it back', async () => {
  mkdirSync(join(mine, 'locked'));
  put(mine, { 'locked/x.txt': 'x\n' });
  git(mine, 'add', '-A');
  git(mine, 'commit', '-qm', 'second');
  git(theirs, 'merge', '-q', git(mine, 'rev-parse', 'HEAD').trim());
  const wanted = await merging(() => put(theirs, { 'b.txt': 'B\n', 'locked/x.txt': 'X\n' }));
  chmodSync(join(mine, 'locked'), 0o500);
  expect(await takeStep(snapshots, wanted, await planned(wanted))).toMatchObject({ kind: 'undone' });
  chmodSync(join(mine, 'locked'), 0o700);
  expect([text('b.txt'), text('locked/x.txt')]).toEqual(['b\n', 'x\n']);
});

/** As git leaves it when it is killed: some files are written, one in part, one is gone, the rest is as before. */
test('a step that was stopped is finished, or what a person has changed since is named', async () => {
  const names = ['c.txt', 'd.txt', 'e.txt', 'f.txt'];
  for (const name of names) put(mine, { [name]: 'old\n' });
  git(mine, 'add', '-A');
  git(mine, 'commit', '-qm', 'second');
  git(theirs, 'merge', '-q', git(mine, 'rev-parse', 'HEAD').trim());
  const all = Object.fromEntries(names.map((name) => [name, `new ${name}\n`]));
  const wanted = await merging(() => put(theirs, all));
  const step = await planned(wanted);
  put(mine, { 'c.txt': 'new c.txt\n', 'd.txt': 'new ' });
  rmSync(join(mine, 'e.txt'));
  put(mine, { 'b.txt': 'of the person\n' });
  const rest = await planRest(snapshots, wanted, step);
  expect(rest.changed).toEqual([]);
  expect(await takeStep(snapshots, wanted, rest)).toEqual({ kind: 'taken' });
  expect(names.map(text)).toEqual(Object.values(all));
  expect(text('b.txt')).toBe('of the person\n');
  put(mine, { 'd.txt': 'of the person too\n' });
  expect((await planRest(snapshots, wanted, step)).changed).toEqual(['d.txt']);
});

test('a git that is killed while it writes leaves what is then finished', async () => {
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`n${n}.txt`, `${n}\n`.repeat(5_000)]));
  const wanted = await merging(() => put(theirs, many));
  const step = await planned(wanted);
  const script = `
    import { takeStep } from ${JSON.stringify(join(process.cwd(), 'dist/src/git/merge.js'))};
    await takeStep(...${JSON.stringify([snapshots, wanted, step])});
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { detached: true, stdio: 'ignore' });
  const ended = new Promise((done) => child.on('exit', done));
  while (!existsSync(join(mine, 'n150.txt')) && child.exitCode === null) await new Promise(setImmediate);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await ended;
  await takeStep(snapshots, wanted, await planRest(snapshots, wanted, step));
  for (const [name, whole] of Object.entries(many)) expect(text(name) === whole, name).toBe(true);
  const plan = await planned(wanted);
  expect(plan.present).toBe(plan.next);
});
