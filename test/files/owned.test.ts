/** Who owns a file and who else can write it, for a user who is not root; and files that no one should wait for. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { readKeyFile } from '../../src/files/key-file.js';
import { checkOwnedDirectory, inShell, readOwned, readRegular } from '../../src/files/ownership.js';

const ANOTHER_USER = 65_534;
const GROUP = 65_534;
const IS_ROOT = process.geteuid?.() === 0;

const root = mkdtempSync(join(tmpdir(), 'rookery-owned-'));
afterAll(() => rmSync(root, { recursive: true }));
let file: string;
let n = 0;
beforeEach(() => {
  file = join(root, `file-${n++}`);
  writeFileSync(file, 'text');
});

/** As a user who is not root, in a group of that user. */
function asAnother<T>(work: () => T): T {
  chmodSync(root, 0o755);
  process.setegid?.(GROUP);
  process.seteuid?.(ANOTHER_USER);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

const read = (): string | undefined => readOwned({ path: file, name: 'thing' });

describe('a file that decides something', () => {
  test.each(['600', '644', '444'])('with mode %s is read', (mode) => {
    chmodSync(file, Number.parseInt(mode, 8));
    expect(read()).toBe('text');
  });

  test.each(['620', '602', '666'])('with mode %s is refused', (mode) => {
    chmodSync(file, Number.parseInt(mode, 8));
    expect(read).toThrow(/^The thing \S+ can be written by others \(mode 06\d\d\)$/);
  });

  test('that is not there is nothing', () => {
    expect(readOwned({ path: join(root, 'none'), name: 'thing' })).toBeUndefined();
  });

  test('behind a symlink counts as what the link leads to', () => {
    symlinkSync(file, `${file}-link`);
    chmodSync(file, 0o666);
    expect(() => readOwned({ path: `${file}-link`, name: 'thing' })).toThrow('can be written by others');
  });

  test.runIf(IS_ROOT)('of root counts for every user, of another user for none, not even for root', () => {
    chmodSync(file, 0o644);
    expect(asAnother(read)).toBe('text');
    chownSync(file, 1234, 1234);
    expect(() => asAnother(read)).toThrow(/belongs to user 1234, and this is user 65534$/);
    expect(read).toThrow(/belongs to user 1234, and this is user 0$/);
  });
});

describe('a key', () => {
  const key = (): string | undefined => readKeyFile(file, 'signing key');

  test.runIf(IS_ROOT).each([
    ['440', 'text'],
    ['640', 'text'],
    ['444', 'can be read by others'],
    ['660', 'can be written by others'],
  ])('of root with mode %s, as a secret is mounted for a user in its group: %s', (mode, expected) => {
    chownSync(file, 0, GROUP);
    chmodSync(file, Number.parseInt(mode, 8));
    if (expected === 'text') expect(asAnother(key)).toBe(expected);
    else expect(() => asAnother(key)).toThrow(expected);
  });

  test('that its owner shares with a group is refused', () => {
    chmodSync(file, 0o640);
    expect(key).toThrow('can be read by others');
  });
});

describe('what is never waited for and never read without end', () => {
  test('a pipe, a device and a large file are refused', () => {
    execFileSync('mkfifo', [`${file}-pipe`]);
    expect(() => readRegular(`${file}-pipe`)).toThrow('it is not a regular file');
    expect(() => readRegular('/dev/zero')).toThrow('it is not a regular file');
    symlinkSync('/dev/zero', `${file}-zero`);
    expect(() => readRegular(`${file}-zero`)).toThrow('it is not a regular file');
    writeFileSync(file, 'x'.repeat(1001));
    expect(() => readRegular(file, 1000)).toThrow('it is larger than 1000 bytes');
    expect(readRegular(file, 1001)?.text).toHaveLength(1001);
  });
});

test('a directory can be exchanged where its parents can be written, and in sticky ones it cannot', () => {
  const inner = join(root, 'outer', 'middle', 'inner');
  mkdirSync(inner, { recursive: true });
  const check = (): void => checkOwnedDirectory({ path: inner, name: 'work directory' });
  expect(check).not.toThrow();
  chmodSync(join(root, 'outer'), 0o777);
  expect(check).toThrow(`because ${join(root, 'outer')} can be written by others (mode 0777)`);
  chmodSync(join(root, 'outer'), 0o1777);
  expect(check).not.toThrow();
  symlinkSync(join(root, 'outer'), join(root, 'link'));
  chmodSync(join(root, 'outer', 'middle'), 0o777);
  expect(() => checkOwnedDirectory({ path: join(root, 'link', 'middle', 'inner'), name: 'work directory' })).toThrow(
    'can be written by others (mode 0777)',
  );
});

test('a path becomes one word of a shell', () => {
  for (const path of ['/plain/path-1.json', "/it's here", '/a b', '/$(touch x)', '/new\nline'])
    expect(execFileSync('sh', ['-c', `printf %s ${inShell(path)}`], { encoding: 'utf8' })).toBe(path);
});
