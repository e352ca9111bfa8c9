/** Where `[sandbox]` may be set, and how a wrong value is told. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, openBench } from '../cli/support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

async function userFile(text: string): Promise<void> {
  const directory = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.toml'), text);
}

test("the user's file widens the sandbox, a refused path names the file, and an untrusted project's file is ignored", async () => {
  await userFile('[sandbox]\nread = ["/srv/data"]\nenv = ["CI"]\n');
  await writeFile(join(bench.workspace, 'rookery.toml'), '[sandbox]\nread = ["/srv/other"]\n');
  const { settings, ignored } = await bench.json<{ settings: { name: string }[]; ignored: { name: string }[] }>([
    'config',
  ]);
  const value = { read: ['/srv/data'], write: [], env: ['CI'] };
  expect(settings).toContainEqual({ name: 'sandbox', value, origin: 'user file' });
  expect(ignored.map(({ name }) => name)).toEqual(['sandbox.read']);

  await userFile('[sandbox]\nread = ["/etc/ssh"]\n');
  const { code, stderr } = await bench.run(['config']);
  expect(code).not.toBe(0);
  expect(stderr).toContain("sandbox.read may not have '/etc/ssh'");
  expect(stderr).toContain('config.toml');
});
