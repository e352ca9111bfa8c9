/** The guard before the database: older CLIs refused, newer ones copy first, half-made databases set aside. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { prepareDatabase, recordWriter } from '../../src/server/database.js';
import { type ServerFiles, serverFiles } from '../../src/server/files.js';
import { temporaryDirectory } from './support.js';

async function databaseWrittenBy(version: string | undefined): Promise<ServerFiles> {
  const files = serverFiles(await temporaryDirectory());
  await mkdir(files.directory);
  await writeFile(files.database, 'pages');
  await writeFile(`${files.database}-wal`, 'newest pages');
  if (version !== undefined) await recordWriter(files, version);
  return files;
}

async function prepare(files: ServerFiles, version: string): Promise<string[]> {
  const lines: string[] = [];
  await prepareDatabase({ files, version, announce: (line) => lines.push(line) });
  return lines;
}

test('an older CLI is refused, with both versions and a way out', async () => {
  const files = await databaseWrittenBy('1.10.2');
  await expect(prepare(files, '1.9.1')).rejects.toMatchObject({
    code: 'environment',
    message: expect.stringMatching(/temporal\.db was last written by Temporal CLI 1\.10\.2; 1\.9\.1 is older/),
    hint: expect.stringContaining('1.10.2 or newer'),
  });
  expect(await readdir(files.directory)).toEqual(['temporal.db', 'temporal.db-wal', 'version']);
});

test('a newer CLI copies the database with its write-ahead log, says so, and is the last writer from then on', async () => {
  const files = await databaseWrittenBy('1.9.1');
  const lines = await prepare(files, '1.10.0');
  expect(lines).toEqual([expect.stringContaining(`${files.database}.1.9.1.bak`)]);
  expect(await readFile(`${files.database}.1.9.1.bak`, 'utf8')).toBe('pages');
  expect(await readFile(`${files.database}.1.9.1.bak-wal`, 'utf8')).toBe('newest pages');
  await expect(prepare(files, '1.9.1')).rejects.toThrow('older');
});

test('the same CLI changes nothing', async () => {
  const files = await databaseWrittenBy('1.9.1');
  expect(await prepare(files, '1.9.1')).toEqual([]);
  expect(await readdir(files.directory)).toEqual(['temporal.db', 'temporal.db-wal', 'version']);
});

test('a database whose first start was killed is set aside, not opened and not deleted', async () => {
  const files = await databaseWrittenBy(undefined);
  expect(await prepare(files, '1.9.1')).toEqual([expect.stringContaining('.unfinished')]);
  expect(await readdir(files.directory)).toEqual(['temporal.db.unfinished', 'temporal.db.unfinished-wal']);
});

test('without a database there is nothing to guard', async () => {
  const files = serverFiles(await temporaryDirectory());
  expect(await prepare(files, '1.9.1')).toEqual([]);
});
