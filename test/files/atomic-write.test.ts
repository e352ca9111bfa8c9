import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  rmdir,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  makeDirectory,
  removeDurably,
  removeLeftovers,
  temporaryName,
  writeDurably,
} from '../../src/files/atomic-write.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rookery-durable-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('writeDurably', () => {
  test('a reader that looks all the time never sees a torn or missing file', async () => {
    const path = join(directory, 'task.json');
    const texts = ['a', 'b', 'c'].map((letter) => JSON.stringify({ text: letter.repeat(200_000) }));
    await writeDurably(path, texts[0] ?? '');
    let done = false;
    let looks = 0;
    const looking = (async () => {
      while (!done) {
        expect(texts).toContain(await readFile(path, 'utf8'));
        looks++;
      }
    })();
    for (let i = 1; i <= 60; i++) await writeDurably(path, texts[i % 3] ?? '');
    done = true;
    await looking;
    expect(looks).toBeGreaterThan(20);
    expect(await readdir(directory)).toEqual(['task.json']);
  });

  test('the temp file lies beside the file, is hidden, unique, and is no .json', () => {
    const names = Array.from({ length: 100 }, () => temporaryName(join(directory, 'task.json')));
    expect(new Set(names).size).toBe(100);
    for (const name of names) expect(name).toMatch(/\/\.task\.json\.[0-9a-f-]{36}\.tmp$/);
    expect(temporaryName(`/x/${'n'.repeat(255)}`).length).toBeLessThan(255);
  });

  test('the file is 0600 whatever the umask, and another mode when asked', async () => {
    const before = process.umask(0);
    try {
      await writeDurably(join(directory, 'a'), '');
      await writeDurably(join(directory, 'b'), '', { exactMode: 0o755 });
    } finally {
      process.umask(before);
    }
    expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'b'))).mode & 0o777).toBe(0o755);
  });

  test('of many exclusive writers exactly one gets the file, whole', async () => {
    const path = join(directory, 'task.json');
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, i) => writeDurably(path, `${i}`, { exclusive: true })),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(`${results.indexOf(true)}`);
    expect(await readdir(directory)).toEqual(['task.json']);
  });

  test('a guard that says no leaves the file as it is and no temp file', async () => {
    const path = join(directory, 'task.json');
    await writeDurably(path, 'old');
    expect(await writeDurably(path, 'new', { guard: async () => false })).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(directory)).toEqual(['task.json']);
  });

  test('a guard that throws leaves no temp file either', async () => {
    const path = join(directory, 'task.json');
    const guard = (): boolean => {
      throw new Error('foreign edit');
    };
    await expect(writeDurably(path, 'new', { guard })).rejects.toThrow('foreign edit');
    expect(await readdir(directory)).toEqual([]);
  });

  test('a symlink, a directory and a missing directory are refused with a sentence', async () => {
    const target = join(directory, 'target');
    await writeFile(target, 'kept');
    await symlink(target, join(directory, 'link.json'));
    await mkdir(join(directory, 'dir.json'));
    await expect(writeDurably(join(directory, 'link.json'), 'x')).rejects.toMatchObject({
      code: 'workdir',
      message: expect.stringContaining('it is a symlink'),
    });
    await expect(writeDurably(join(directory, 'dir.json'), 'x')).rejects.toMatchObject({ code: 'workdir' });
    await expect(writeDurably(join(directory, 'no/x.json'), 'x')).rejects.toMatchObject({
      code: 'workdir',
      message: `Cannot write ${join(directory, 'no/x.json')}: no such file or directory.`,
    });
    expect(await readFile(target, 'utf8')).toBe('kept');
    expect(await readdir(directory)).toEqual(['dir.json', 'link.json', 'target']);
  });
});

describe('removeDurably', () => {
  test('removes a file, and an absent one is fine', async () => {
    await writeDurably(join(directory, 'a'), '');
    await removeDurably(join(directory, 'a'));
    await removeDurably(join(directory, 'a'));
    await removeDurably(join(directory, 'no/such'));
    expect(await readdir(directory)).toEqual([]);
  });

  test('a symlink is removed, not what it leads to', async () => {
    await writeFile(join(directory, 'target'), 'kept');
    await symlink('target', join(directory, 'link'));
    await removeDurably(join(directory, 'link'));
    expect(await readdir(directory)).toEqual(['target']);
  });
});

describe('makeDirectory', () => {
  test('makes all parents with 0700, and is content with what is there', async () => {
    const path = join(directory, 'a/b/c');
    await makeDirectory(path);
    await makeDirectory(path);
    for (const part of ['a', 'a/b', 'a/b/c']) expect((await stat(join(directory, part))).mode & 0o777).toBe(0o700);
  });

  test('a file in the place or in the path is told in a sentence', async () => {
    await writeFile(join(directory, 'file'), '');
    for (const path of [join(directory, 'file'), join(directory, 'file/below')]) {
      await expect(makeDirectory(path)).rejects.toMatchObject({
        code: 'workdir',
        message: /^Cannot use the directory .*\.$/,
      });
    }
  });

  test.runIf(process.platform === 'linux')('a place where nothing can be written is told in a sentence', async () => {
    await expect(makeDirectory('/proc/rookery/tasks')).rejects.toMatchObject({ code: 'workdir' });
    await expect(makeDirectory('/proc/sys')).rejects.toMatchObject({ code: 'workdir' });
  });

  test.runIf(process.getuid?.() !== 0)('a directory without permission is told in a sentence', async () => {
    await chmod(directory, 0o500);
    await expect(makeDirectory(directory)).rejects.toMatchObject({
      message: expect.stringContaining('permission denied'),
    });
    await chmod(directory, 0o700);
  });

  test('a directory swept away while it is made is missing, never "not a directory"', async () => {
    const path = join(directory, 'swept');
    let sweeping = true;
    const sweeper = (async () => {
      while (sweeping) await rmdir(path).catch(() => undefined);
    })();
    const codes = new Set<unknown>();
    for (let i = 0; i < 500; i++) {
      const makers = [1, 2, 3].map(() => makeDirectory(path));
      for (const { reason } of (await Promise.allSettled(makers)) as { reason?: Error }[]) {
        if (reason) codes.add((reason.cause as NodeJS.ErrnoException).code);
      }
    }
    sweeping = false;
    await sweeper;
    expect([...codes].filter((code) => code !== 'ENOENT')).toEqual([]);
  });
});

describe('removeLeftovers', () => {
  test('removes old temp files and nothing else', async () => {
    const old = temporaryName(join(directory, 'task.json'));
    const young = temporaryName(join(directory, 'task.json'));
    const foreign = ['.hidden.tmp', 'task.json', '.task.json.tmp'].map((name) => join(directory, name));
    for (const path of [old, young, ...foreign]) await writeFile(path, '');
    for (const path of [old, ...foreign]) await utimes(path, 1, 1);
    await removeLeftovers(directory);
    await expect(lstat(old)).rejects.toThrow('ENOENT');
    expect(await readdir(directory)).toHaveLength(4);
    await removeLeftovers(join(directory, 'absent'));
  });
});
