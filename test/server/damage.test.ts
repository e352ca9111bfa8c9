/** The look at a database that a real server has written: whole ones are whole, and damage is found before a start. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GRPC, inPlainWords } from '../../src/server/connect.js';
import { databaseDamage, liveDamage, loggedDamage } from '../../src/server/damage.js';
import { startServer, stopServer } from '../../src/server/embedded.js';
import { type ServerFiles, serverFiles } from '../../src/server/files.js';
import { endSetAside, finishMoving, setAside, unfinishedSetAside } from '../../src/server/set-aside.js';
import { damageIn } from '../../src/server/sqlite-messages.js';
import { DAMAGES, damage } from '../support/damage.js';
import { chance, SCALE, SEEDS } from '../support/random.js';
import { startOptions, temporaryDirectory } from './support.js';

const SEED = SEEDS.at(-1) ?? 1;
const ROUNDS = Math.max(3, Math.round(100 * SCALE));

let written: string;
beforeAll(async () => {
  written = mkdtempSync(join(tmpdir(), 'rookery-database-'));
  await startServer(await startOptions(written));
  expect(await liveDamage(serverFiles(written))).toBeUndefined();
  await stopServer(written);
});
afterAll(() => rmSync(written, { recursive: true, force: true }));

/** A copy, without what a lost log would take from it. */
async function copy(): Promise<ServerFiles> {
  const workdir = await temporaryDirectory();
  cpSync(written, workdir, { recursive: true });
  return serverFiles(workdir);
}

test('a database that a server has written is whole, with its write-ahead log', async () => {
  const files = await copy();
  expect(existsSync(`${files.database}-wal`)).toBe(true);
  expect(databaseDamage(files)).toBeUndefined();
});

test.skipIf(process.getuid?.() === 0)('a database that only its mode keeps from being read is told apart', async () => {
  const files = await copy();
  chmodSync(files.database, 0);
  expect(databaseDamage(files)).toEqual({ why: 'it may not be read', forbidden: true });
});

describe('damage is found', () => {
  test.each(DAMAGES)('%s', async (kind) => {
    const dice = chance(SEED);
    for (let round = 0; round < (kind.includes('ed ') ? ROUNDS : 1); round++) {
      const files = await copy();
      damage(files.database, kind, dice);
      expect(databaseDamage(files), `seed ${SEED}, round ${round}`).toMatchObject({ why: expect.any(String) });
    }
  });

  test('before a server starts on it, in one sentence; nothing is changed', async () => {
    const files = await copy();
    damage(files.database, 'zeroed pages', chance(SEED));
    const before = readdirSync(files.directory);
    await expect(startServer(await startOptions(files.workdir))).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringMatching(/^The database \S+temporal\.db of the Temporal server is damaged: \S.*$/),
      hint: expect.stringContaining('rookery doctor --fix'),
    });
    expect(readdirSync(files.directory).filter((name) => name !== 'lock')).toEqual(before);
  });

  test('in what SQLite tells the log of the server, after its last start only', async () => {
    const files = await copy();
    const line = (time: Date, words: string) => `${JSON.stringify({ time, level: 'ERROR', error: words })}\n`;
    const later = new Date(Date.now() + 60_000);
    writeFileSync(files.log, line(new Date(0), 'database disk image is malformed (11)'));
    expect(await loggedDamage(files)).toBeUndefined();
    writeFileSync(files.log, line(later, 'database or disk is full (13), database is locked (5), disk I/O error (10)'));
    expect(await loggedDamage(files)).toBeUndefined();
    writeFileSync(files.log, line(later, 'GetTransferTasks failed: database disk image is malformed (11)'), {
      flag: 'a',
    });
    expect(await loggedDamage(files)).toEqual({ why: 'its server says "database disk image is malformed"' });
  });
});

test('an answer of a server that meets damage names the repair; other answers of an unavailable server do not', () => {
  const answer = (message: string) => inPlainWords(Object.assign(new Error(message), { code: GRPC.unavailable }));
  expect(answer('GetWorkflowExecution operation failed. database disk image is malformed (11)')).toMatchObject({
    code: 'environment',
    message: 'The database of the Temporal server is damaged: it says "database disk image is malformed"',
    hint: expect.stringContaining('rookery doctor --fix'),
  });
  expect(answer('database is locked (5)')).toMatchObject({ code: 'no_server', hint: expect.stringContaining('up -d') });
});

test('a database that is locked, or on a full disk, is not damaged', () => {
  for (const words of [
    'database is locked (5)',
    'database or disk is full (13)',
    'disk I/O error (10)',
    'no space left on device',
  ])
    expect(damageIn(words)).toBeUndefined();
});

describe('a damaged database is moved away', () => {
  test('with its log, under a dated name; a move that was killed at any point is finished', async () => {
    const NAMES = ['temporal.db', 'temporal.db-wal', 'temporal.db-shm', 'version'];
    for (let moved = 0; moved <= NAMES.length; moved++) {
      const files = await copy();
      const content = readFileSync(files.database);
      const note = await setAside(files, 'it was cut');
      // As it was when the process ended after so many files.
      const targets = ['', '-wal', '-shm', '.version'].map((ending) => note.path + ending);
      for (const [n, name] of NAMES.entries())
        if (n >= moved) renameSync(targets[n] ?? '', join(files.directory, name));
      writeFileSync(files.repair, JSON.stringify({ ...note, stage: 'moving' }));
      const left = await unfinishedSetAside(files);
      expect(left).toMatchObject({ stage: 'moving', why: 'it was cut', path: note.path });
      await finishMoving(files, left ?? note);
      expect(note.path).toMatch(/temporal\.db\.damaged-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
      expect(readFileSync(note.path).equals(content)).toBe(true);
      for (const target of targets) expect(existsSync(target)).toBe(true);
      for (const name of NAMES) expect(existsSync(join(files.directory, name))).toBe(false);
      await endSetAside(files);
      expect(await unfinishedSetAside(files)).toBeUndefined();
    }
  });

  test('never over an earlier one', async () => {
    const files = await copy();
    const { path } = await setAside(files, 'first');
    mkdirSync(files.directory, { recursive: true });
    writeFileSync(files.database, 'second');
    const again = await setAside(files, 'second');
    expect(again.path).not.toBe(path);
    expect(existsSync(path)).toBe(true);
  });

  test.runIf(process.platform === 'linux')('not while another process has it open', async () => {
    const files = await copy();
    const { open } = await import('node:fs/promises');
    const handle = await open(files.database, 'r');
    try {
      await expect(setAside(files, 'it was cut')).rejects.toMatchObject({
        message: expect.stringMatching(/temporal\.db is open in process \d+ /),
      });
      expect(existsSync(files.repair)).toBe(false);
      expect(existsSync(files.database)).toBe(true);
    } finally {
      await handle.close();
    }
  });
});
