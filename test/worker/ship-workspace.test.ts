/** The work in a git workspace reaches another host whole, and leaves the person's repository as it is. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSigner } from '../../src/signing/signature.js';
import { BundleStore } from '../../src/worker/bundle-store.js';
import { restoreWorkspace } from '../../src/worker/restore-workspace.js';
import { shipWorkspace } from '../../src/worker/ship-workspace.js';

const TASK = '3f2a91c4-1111-4111-8111-111111111111';

let root: string;
let workspace: string;
let store: BundleStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rookery-ship-'));
  workspace = join(root, 'here');
  mkdirSync(workspace);
  store = new BundleStore(join(root, 'bundles'), createSigner(randomBytes(32), 'default'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(directory: string, ...args: string[]): string {
  const config = ['-c', 'user.name=p', '-c', 'user.email=p@example.com'];
  return execFileSync('git', [...config, ...args], { cwd: directory, encoding: 'utf8', stdio: 'pipe' });
}

const put = (name: string, text: string, directory = workspace): void => writeFileSync(join(directory, name), text);

/** Two commits, then: one file staged, one changed, one new, one removed, one ignored. */
function work(): void {
  git(workspace, 'init', '-q', '--initial-branch=topic');
  put('.gitignore', 'ignored.txt\n');
  for (const name of ['kept.txt', 'changed.txt', 'removed.txt', 'staged.txt']) put(name, `${name}: first\n`);
  git(workspace, 'add', '-A');
  git(workspace, 'commit', '-qm', 'first');
  put('kept.txt', 'second\n');
  git(workspace, 'commit', '-qam', 'second');
  put('staged.txt', 'staged\n');
  git(workspace, 'add', 'staged.txt');
  put('changed.txt', 'changed\n');
  put('new.txt', 'new\n');
  put('ignored.txt', 'ignored\n');
  rmSync(join(workspace, 'removed.txt'));
}

function ship(version = 1, { maxBytes = 1e6, host = 'rookery@here' } = {}): Promise<string | undefined> {
  const shipping = { store, env: process.env, host, maxBytes, side: join(root, `side-${host}`) };
  return shipWorkspace(shipping, { task: TASK, workspace, iterations: version, runStarted: 1, version });
}

async function restore(directory: string): Promise<string | undefined> {
  const note = await store.read(TASK);
  if (!note) throw new Error('there is no bundle');
  return restoreWorkspace({
    store,
    env: process.env,
    task: TASK,
    workspace: directory,
    note,
    notes: `${directory}-notes`,
  });
}

/** What a person sees, without what is staged: the index is not shipped. */
function seen(directory: string) {
  const names = readdirSync(directory).filter((name) => name !== '.git' && name !== 'ignored.txt');
  return {
    files: names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
    log: git(directory, 'log', '--format=%H %s'),
    branch: git(directory, 'branch', '--show-current'),
    changes: git(directory, 'status', '--porcelain').replace(/^M /gm, ' M').split('\n').sort(),
  };
}

/** Every byte of the repository. */
function repositoryHash(directory: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(join(directory, '.git'), { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(directory, '.git', name);
    hash.update(name).update(statSync(path).isFile() ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}

test('an empty directory becomes what the workspace was, commits, changes and new files, without what git ignores', async () => {
  work();
  const before = repositoryHash(workspace);
  expect(await ship()).toBeUndefined();
  expect(repositoryHash(workspace)).toBe(before);
  const there = join(root, 'deeper', 'there');
  expect(await restore(there)).toBeUndefined();
  expect(seen(there)).toEqual(seen(workspace));
  expect(existsSync(join(there, 'ignored.txt'))).toBe(false);
  for (const name of readdirSync(store.directory))
    expect(statSync(join(store.directory, name)).mode & 0o777).toBe(0o600);
});

test('a clean clone continues from its commit; commits that were made since come along', async () => {
  work();
  const clone = join(root, 'clone');
  git(root, 'clone', '-q', workspace, clone);
  await ship();
  git(workspace, 'commit', '-qam', 'third');
  put('later.txt', 'later\n');
  expect(await ship(2)).toBeUndefined();
  expect(await restore(clone)).toBeUndefined();
  expect(seen(clone)).toEqual(seen(workspace));
});

test('a repository without a commit is restored too', async () => {
  git(workspace, 'init', '-q');
  put('new.txt', 'new\n');
  expect(await ship()).toBeUndefined();
  const there = join(root, 'there');
  expect(await restore(there)).toBeUndefined();
  expect(readFileSync(join(there, 'new.txt'), 'utf8')).toBe('new\n');
});

test('nothing of another host is written over: changes, other files, another history', async () => {
  work();
  await ship();
  const clone = join(root, 'clone');
  git(root, 'clone', '-q', workspace, clone);
  put('mine.txt', 'mine\n', clone);
  expect(await restore(clone)).toBe(`${clone} has changes of its own`);
  git(clone, 'add', '-A');
  git(clone, 'commit', '-qm', 'mine');
  expect(await restore(clone)).toMatch(/is at commit [0-9a-f]{12}, which the work of the task does not go on from$/);
  const plain = join(root, 'plain');
  mkdirSync(plain);
  put('mine.txt', 'mine\n', plain);
  expect(await restore(plain)).toBe(`${plain} is neither empty nor a git repository`);
  expect([readFileSync(join(clone, 'mine.txt'), 'utf8'), readdirSync(plain)]).toEqual(['mine\n', ['mine.txt']]);
});

test('a repository of another host whose settings run a program is not touched', async () => {
  work();
  await ship();
  const clone = join(root, 'clone');
  git(root, 'clone', '-q', workspace, clone);
  git(clone, 'config', 'filter.evil.smudge', 'touch evil; cat');
  expect(await restore(clone)).toContain('filter.evil.smudge');
});

test('a program that the repository names does not run when its work is shipped', async () => {
  work();
  put('.gitattributes', '* filter=evil\n');
  git(workspace, 'config', 'filter.evil.clean', `touch ${join(root, 'evil')}; cat`);
  git(workspace, 'config', 'core.fsmonitor', `touch ${join(root, 'evil')}`);
  expect(await ship()).toBeUndefined();
  expect(existsSync(join(root, 'evil'))).toBe(false);
});

test.each(['untracked', 'a submodule'])('a program that a repository within it names does not run: %s', async (how) => {
  work();
  const nested = join(workspace, 'nested');
  mkdirSync(nested);
  git(nested, 'init', '-q');
  put('.gitattributes', '* filter=evil\n', nested);
  put('file.txt', 'as it was\n', nested);
  git(nested, 'add', '-A');
  git(nested, 'commit', '-qm', 'nested');
  git(nested, 'config', 'filter.evil.clean', `touch ${join(root, 'evil')}; cat`);
  // This would win over a setting that leaves submodules alone.
  put('.gitmodules', '[submodule "nested"]\n\tpath = nested\n\turl = ./nested\n\tignore = none\n');
  if (how !== 'untracked') git(workspace, 'add', 'nested');
  for (const version of [1, 2]) {
    expect(await ship(version)).toBeUndefined();
    // Git must read it to know that it is as it was.
    utimesSync(join(nested, 'file.txt'), version, version);
    put('new.txt', `${version}\n`);
  }
  expect(await ship(3)).toBeUndefined();
  expect(existsSync(join(root, 'evil'))).toBe(false);
});

test('a state is written once, and an older one not over a newer one of another host', async () => {
  work();
  await ship(1);
  const first = readdirSync(store.directory);
  await ship(2);
  expect(readdirSync(store.directory)).toEqual(first);
  put('new.txt', 'newer\n');
  await ship(3, { host: 'rookery@there' });
  expect((await store.read(TASK))?.host).toBe('rookery@there');
  put('new.txt', 'older\n');
  expect(await ship(2)).toBe('another host has shipped a newer state');
  expect(readdirSync(store.directory).filter((name) => name.startsWith(TASK))).toHaveLength(2);
});

test('too much is told and not shipped, whether it is new or in the history', async () => {
  work();
  put('large.bin', randomBytes(400_000).toString('hex'));
  expect(await ship(1, { maxBytes: 100_000 })).toMatch(/^it would take 1 MB, more than the 1 MB that bundles may take/);
  git(workspace, 'add', '-A');
  git(workspace, 'commit', '-qm', 'large');
  expect(await ship(2, { maxBytes: 100_000 })).toMatch(/^it would take 1 MB/);
  expect(await store.read(TASK)).toBeUndefined();
});

test('what is no git workspace is told', async () => {
  expect(await ship()).toBe(`${workspace} is not the top of a git repository`);
});

test('a note that was signed with another key, or changed, counts for nothing', async () => {
  work();
  await ship();
  const path = join(store.directory, `${TASK}.json`);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"iterations":1', '"iterations":2'));
  expect(await store.read(TASK)).toBeUndefined();
});
