/** Rotation of logs under a writer that never opens its file again. */

import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rotateLogs } from '../../src/server/logs.js';
import { temporaryDirectory } from './support.js';

test('a log that grew too large becomes .1, older ones move up, the oldest goes, and the writer writes on', async () => {
  const directory = await temporaryDirectory();
  const log = join(directory, 'server.log');
  const writer = await open(log, 'a', 0o600);
  onTestFinished(() => writer.close());
  for (const line of ['one', 'two', 'three', 'four', 'five']) {
    await writer.write(`${line}\n`);
    await rotateLogs(directory, { maxBytes: 3, keep: 3 });
  }
  await writer.write('six\n');
  expect(await readdir(directory)).toEqual(['server.log', 'server.log.1', 'server.log.2', 'server.log.3']);
  const texts = await Promise.all(['', '.1', '.2', '.3'].map((end) => readFile(log + end, 'utf8')));
  expect(texts).toEqual(['six\n', 'five\n', 'four\n', 'three\n']);
  expect((await stat(`${log}.1`)).mode & 0o777).toBe(0o600);
});

test('small logs and other files stay as they are, and a directory that is not there is fine', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'worker.log'), 'short');
  await writeFile(join(directory, 'notes.txt'), 'x'.repeat(100));
  await rotateLogs(directory, { maxBytes: 10 });
  expect(await readdir(directory)).toEqual(['notes.txt', 'worker.log']);
  await rotateLogs(join(directory, 'nowhere'));
});
