/** `doctor` on a full disk: it says so in a line, ends with 6, and shows no stack. Needs the right to mount a file system. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mountSmallDisk, type SmallDisk } from '../reliability/small-disk.js';
import { type Bench, openBench } from './support.js';

const CAN_MOUNT = process.platform === 'linux' && process.getuid?.() === 0;

let bench: Bench;
let disk: SmallDisk | undefined;
let workdir: string;
beforeAll(async () => {
  bench = await openBench();
  if (!CAN_MOUNT) return;
  disk = mountSmallDisk(join(bench.root, 'small'), 4);
  workdir = join(bench.root, 'small', 'data');
  for (const name of ['.rookery', 'tasks', 'temporary'])
    mkdirSync(join(workdir, name), { recursive: true, mode: 0o700 });
  disk?.fill();
});
afterAll(async () => {
  disk?.unmount();
  await bench.close();
});

const name = CAN_MOUNT ? 'doctor on a full disk' : 'doctor on a full disk (skipped: this process may not mount one)';

describe.skipIf(!CAN_MOUNT)(name, () => {
  test.each([
    [
      'of the work directory',
      ['doctor'],
      {},
      /^FAIL workdir +\S+ cannot be written: the disk is full {2}-> Make room/m,
    ],
    [
      'of the work directory, with --fix',
      ['doctor', '--fix'],
      {},
      /^FAIL workdir +\S+ cannot be written: the disk is/m,
    ],
    [
      'of temporary files',
      ['doctor'],
      { TMPDIR: 'temporary' },
      /^ok +sandbox +no sandbox, .*cannot be written: no space left/m,
    ],
  ] as [string, string[], { TMPDIR?: string }, RegExp][])('%s', async (_, args, { TMPDIR }, line) => {
    const env = TMPDIR === undefined ? {} : { TMPDIR: join(workdir, TMPDIR) };
    const ran = await bench.run([...args, '--workdir', workdir], { env });
    expect(ran).toMatchObject({ code: 6 });
    expect(ran.stdout).toMatch(line);
    expect(ran.stdout + ran.stderr).not.toMatch(/^ {4}at |ENOSPC/m);
    expect(readdirSync(join(workdir, '.rookery'))).toEqual([]);
  });
});

test('doctor without a temporary directory says so in a line', async () => {
  const ran = await bench.run(['doctor'], { env: { TMPDIR: '/nonexistent' } });
  expect(ran).toMatchObject({ code: 6 });
  expect(ran.stdout).toMatch(
    /^FAIL sandbox +it cannot be tried: no such file or directory \(\/nonexistent\) {2}-> Make room/m,
  );
  expect(ran.stdout).toMatch(/^FAIL worker /m);
});
