/** Work directories that are accepted: new ones, readable ones, and parents that a group or a sticky bit protects. */
import { spawnSync } from 'node:child_process';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import { type Bench, MAIN, openBench, type Ran } from '../cli/support.js';
import { workDirectory } from './work-directory-faults.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ ROOKERY_TEMPORAL_CLI: '/nowhere/temporal' });
});
afterAll(() => bench.close());

describe('each of these is accepted', () => {
  const lists = async (paths: Paths): Promise<Ran> => {
    const ran = await bench.run(['list', '--workdir', paths.workdir]);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    return ran;
  };

  test('one that is not there yet is made by a verb that needs it, for this user alone', async () => {
    const paths = pathsOf(join(bench.root, 'new', 'data'));
    expect(await bench.run(['sign', '--workdir', paths.workdir, 'hi'])).toMatchObject({ code: 0 });
    for (const path of [paths.workdir, dirname(paths.workdir)]) expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  test('one that others can read, in a sticky directory that every user can write', async () => {
    const paths = await workDirectory(bench.root);
    await chmod(paths.workdir, 0o755);
    await chmod(dirname(paths.workdir), 0o1777);
    await lists(paths);
  });

  test('one whose parent its group can write: doctor says so', async () => {
    const paths = await workDirectory(bench.root);
    await chmod(dirname(paths.workdir), 0o770);
    await lists(paths);
    const { stdout } = await bench.run(['doctor', '--workdir', paths.workdir]);
    expect(stdout).toContain(`the group of ${dirname(paths.workdir)} can replace it`);
  });

  const bwrap = spawnSync('bwrap', ['--ro-bind', '/', '/', 'true']).status === 0;
  test.skipIf(!bwrap)('one on a read-only file system, for verbs that only read', async () => {
    const { workdir, hostId } = await workDirectory(bench.root);
    await writeFile(hostId, 'rookery@0a0b0c0d');
    const inside = ['--ro-bind', '/', '/', '--proc', '/proc', process.execPath, MAIN, 'list', '--workdir', workdir];
    const ran = spawnSync('bwrap', inside, { env: bench.env, encoding: 'utf8' });
    expect(ran, ran.stderr).toMatchObject({ status: 0, stderr: expect.stringContaining('showing task files only') });
  });
});
