import { mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withLock } from '../../src/files/file-lock.js';
import { ownIdentity } from '../../src/files/process-identity.js';
import { until } from '../support/until.js';
import { compile, runScript } from './compiled.js';

let compiled: string;
let directory: string;
let path: string;
beforeAll(async () => {
  compiled = await compile('src/files/file-lock.ts');
});
afterAll(() => rm(compiled, { recursive: true, force: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rookery-lock-'));
  path = join(directory, 'x.lock');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('withLock', () => {
  test('within a process one after another, in the order of asking, and nothing stays behind', async () => {
    const order: string[] = [];
    const tasks = Array.from({ length: 20 }, (_, i) =>
      withLock(path, async () => {
        order.push(`in ${i}`);
        await readdir(directory);
        order.push(`out ${i}`);
      }),
    );
    await Promise.all(tasks);
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => [`in ${i}`, `out ${i}`]).flat());
    expect(await readdir(directory)).toEqual([]);
  });

  test('gives back what the work gives, and is free again after it threw', async () => {
    const broken = withLock(path, async () => {
      throw new Error('as it is');
    });
    await expect(broken).rejects.toThrow('as it is');
    expect(await withLock(path, async () => 42)).toBe(42);
  });

  test('a counter that several processes raise under the lock loses nothing', async () => {
    const counter = join(directory, 'counter');
    await writeFile(counter, '0');
    const code = `
      import { readFileSync, writeFileSync } from 'node:fs';
      import { setImmediate as turn } from 'node:timers/promises';
      import { withLock } from '${compiled}/src/files/file-lock.js';
      for (let i = 0; i < 50; i++) await withLock(${JSON.stringify(path)}, async () => {
        const n = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'));
        await turn();
        writeFileSync(${JSON.stringify(counter)}, String(n + 1));
      });`;
    const ends = await Promise.all(Array.from({ length: 4 }, () => runScript(compiled, code).ended));
    expect(ends).toEqual([0, 0, 0, 0]);
    expect(await readFile(counter, 'utf8')).toBe('200');
  });

  test('the lock of a killed process is taken over by one taker at a time', async () => {
    const code = `
      import { withLock } from '${compiled}/src/files/file-lock.js';
      await withLock(${JSON.stringify(path)}, () => new Promise(() => { console.log('held'); setInterval(() => {}, 1000); }));`;
    for (let round = 0; round < 3; round++) {
      const holder = runScript(compiled, code);
      await until(() => holder.printed().includes('held'), { what: 'the other process holds the lock' });
      holder.process.kill('SIGKILL');
      await holder.ended;
      expect(await readdir(directory)).toEqual(['x.lock']);
      const taker = `
        import { openSync, closeSync, unlinkSync } from 'node:fs';
        import { setTimeout as pause } from 'node:timers/promises';
        import { withLock } from '${compiled}/src/files/file-lock.js';
        await withLock(${JSON.stringify(path)}, async () => {
          closeSync(openSync(${JSON.stringify(join(directory, 'alone'))}, 'wx'));
          await pause(20);
          unlinkSync(${JSON.stringify(join(directory, 'alone'))});
        });`;
      const ends = await Promise.all(Array.from({ length: 4 }, () => runScript(compiled, taker).ended));
      expect(ends).toEqual([0, 0, 0, 0]);
    }
    expect(await readdir(directory)).toEqual([]);
  });

  test.each([
    ['a lock of a pid that is used by another process now', '1 AAAAAAAAAAAAAAAA t'],
    ['a lock that is not ours to read', '{"pid":"x"}'],
  ])('%s is taken over', async (_, text) => {
    await symlink(text, path);
    expect(await withLock(path, async () => 'in')).toBe('in');
  });

  test('a file in its place, as no lock of ours is, is taken over', async () => {
    await writeFile(path, JSON.stringify({ ...ownIdentity(), ticket: 'another process' }));
    expect(await withLock(path, async () => 'in')).toBe('in');
    expect(await readdir(directory)).toEqual([]);
  });

  test('a taker that died while it took over is taken over too', async () => {
    const dead = '1 AAAAAAAAAAAAAAAA t';
    await symlink(dead, path);
    await symlink(dead, `${path}.evict`);
    expect(await withLock(path, async () => 'in')).toBe('in');
    expect(await readdir(directory)).toEqual([]);
  });

  test('the lock of a living process is waited for, and then a sentence says who has it', async () => {
    const own = await withLock(path, () => readlink(path));
    expect(own.length).toBeLessThan(60);
    await symlink(own.replace(/\S+$/, 'somebody_else'), path);
    const waiting = withLock(path, async () => 'in', 100);
    await expect(waiting).rejects.toMatchObject({
      code: 'workdir',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await rm(path);
    expect(await withLock(path, async () => 'in', 100)).toBe('in');
  });

  test('a waiter in the same process gives up too, and those behind it still wait for the holder', async () => {
    let leave = (): void => undefined;
    const holder = withLock(path, () => new Promise<void>((resolve) => (leave = resolve)));
    await expect(withLock(path, async () => 'in', 50)).rejects.toMatchObject({ code: 'workdir' });
    let entered = false;
    const next = withLock(path, async () => (entered = true));
    expect(entered).toBe(false);
    leave();
    await Promise.all([holder, next]);
    expect(entered).toBe(true);
  });

  test('a missing directory is told in a sentence', async () => {
    await expect(withLock(join(directory, 'no/x.lock'), async () => 1)).rejects.toMatchObject({ code: 'workdir' });
  });
});
