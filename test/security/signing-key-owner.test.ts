/** A signing key outside the work directory: used only when its owner and its mode keep it private. */
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, openBench, type Ran } from '../cli/support.js';
import { ANOTHER_USER, IS_ROOT } from './work-directory-faults.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ ROOKERY_TEMPORAL_CLI: '/nowhere/temporal' });
});
afterAll(() => bench.close());

describe('a signing key elsewhere', () => {
  const signs = async (mode: number, owner = process.geteuid?.() ?? 0): Promise<Ran> => {
    const file = join(await mkdtemp(join(bench.root, 'key-')), 'key');
    await writeFile(file, '5a'.repeat(32));
    await chmod(file, mode);
    await chown(file, owner, owner);
    const ran = await bench.run(['sign', '--provider', 'demo', 'hi'], { env: { ROOKERY_SIGNING_KEY_FILE: file } });
    await rm(file);
    return ran;
  };

  test.each(['600', '400'])('with mode %s signs', async (mode) => {
    expect(await signs(Number.parseInt(mode, 8))).toMatchObject({ code: 0 });
  });

  test.each([
    ['644', 'can be read by others'],
    ['444', 'can be read by others'],
    ['440', 'can be read by others'],
    ['660', 'can be written by others (mode 0660)'],
    ['602', 'can be written by others (mode 0602)'],
  ])('with mode %s is refused: it %s', async (mode, why) => {
    const ran = await signs(Number.parseInt(mode, 8));
    expect(ran).toMatchObject({ code: 6, stdout: '' });
    expect(ran.stderr).toContain(why);
  });

  test.runIf(IS_ROOT)('of another user is refused', async () => {
    const ran = await signs(0o600, ANOTHER_USER);
    expect(ran).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('belongs to user 65534') });
  });
});
