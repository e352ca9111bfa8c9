/** The log as the rest of a worker sees it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AuditEntry } from '../../src/audit/entry.js';
import { headText } from '../../src/audit/head.js';
import type { NotedEvent } from '../../src/audit/note.js';
import { verifyAudit } from '../../src/audit/verify.js';
import { createRedactor } from '../../src/domain/redact.js';
import { until } from '../support/until.js';
import { filesOf, fill, linesIn, makePlace, type Place, placeIn, problemsOf } from './support.js';

const NOTE: NotedEvent = { event: 'agent_start', component: 'agent', description: 'begin' };
const SECRET = 'sk-canary-0123456789abcdef';

let place: Place;
beforeEach(async () => {
  place = await makePlace();
});
afterEach(async () => {
  vi.useRealTimers();
  await place.discard();
});

const entries = (): AuditEntry[] => linesIn(place.file).map((line) => JSON.parse(line) as AuditEntry);
const last = (): AuditEntry => entries().at(-1) as AuditEntry;

test('nothing is there before the first note, and an empty log is whole', async () => {
  place.open();
  expect(readdirSync(place.root)).toEqual([]);
  expect(await verifyAudit(filesOf(place))).toMatchObject({ ok: true, entries: 0, problems: [] });
});

test('all files are 0600 and all directories 0700, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    await place.open({ anchorFile: place.anchorFile }).note(NOTE);
  } finally {
    process.umask(before);
  }
  const modes = readdirSync(place.root, { recursive: true, encoding: 'utf8' }).map((name) => {
    const found = statSync(join(place.root, name));
    return [name, found.isDirectory(), (found.mode & 0o777).toString(8)];
  });
  expect(modes).toHaveLength(7);
  expect(modes.filter(([, isDirectory, mode]) => mode !== (isDirectory ? '700' : '600'))).toEqual([]);
});

test('notes of one turn come in their order', async () => {
  await fill(place.open(), 300);
  expect(entries().map(({ index }) => index)).toEqual([...Array(300).keys()]);
  expect(await problemsOf(filesOf(place))).toEqual([]);
});

test('a note of a read waits longer for company where the worker is busy, at most four times as long', async () => {
  for (const [stretched, waits] of [
    [1, 250],
    [2, 500],
    [16, 1_000],
  ] as const) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const audit = place.open({ delayFactor: () => stretched });
    const noted = audit.note({ ...NOTE, event: 'tool_call', metadata: { effect: 'read' } });
    vi.advanceTimersByTime(waits - 1);
    expect([stretched, vi.getTimerCount()]).toEqual([stretched, 1]);
    vi.advanceTimersByTime(1);
    expect([stretched, vi.getTimerCount()]).toEqual([stretched, 0]);
    vi.useRealTimers();
    await noted;
  }
  expect(entries()).toHaveLength(3);
});

test('a note of a read waits for no disk, every other note does', async () => {
  const audit = place.open();
  await audit.note({ ...NOTE, event: 'tool_call', metadata: { effect: 'read' } });
  expect(syncedOf(place)).toBe(0);
  await audit.note({ ...NOTE, event: 'tool_call', metadata: { effect: 'write' } });
  expect(syncedOf(place)).toBe(2);
  await audit.note({ ...NOTE, event: 'tool_result', metadata: { effect: 'read' } });
  expect(syncedOf(place)).toBe(2);
  await audit.note(NOTE);
  expect(syncedOf(place)).toBe(4);
});

describe('what is in an entry', () => {
  test('the task is in session_id and, as that is not covered, in the metadata', async () => {
    await place.open().note({ ...NOTE, task: 'one', metadata: { task: 'another' } });
    expect(last()).toMatchObject({ session_id: 'one', metadata: { task: 'one' } });
    await place.open().note({ ...NOTE, metadata: { task: 'another' } });
    expect(last().metadata).toEqual({});
    expect(await problemsOf(filesOf(place))).toEqual([]);
  });

  test('a long text is cut on a whole character, and its hash is that of all of it', async () => {
    const text = `x${'ü'.repeat(5000)}`;
    await place.open().note({ ...NOTE, description: text, metadata: { args: { text } } });
    const hash = createHash('sha256').update(text).digest('hex');
    const cut = `x${'ü'.repeat(1023)}… (10001 bytes in all, sha256 ${hash})`;
    expect(last()).toMatchObject({ description: cut, metadata: { args: { text: cut } } });
  });

  test('no secret is in it in any form, in texts, names and values, nor half of one where a text was cut', async () => {
    const forms = [SECRET, Buffer.from(SECRET).toString('base64'), Buffer.from(SECRET).toString('hex')];
    const texts = [...forms, `${'x'.repeat(2040)}${SECRET}`, 'x'.repeat(65_530) + SECRET, SECRET.repeat(9000)];
    const audit = place.open({ redact: createRedactor([SECRET]) });
    for (const text of texts)
      await audit.note({
        ...NOTE,
        event: { custom: text },
        description: text,
        metadata: { a: text, b: { [text]: [text] } },
      });
    const log = readFileSync(place.file, 'utf8');
    for (const form of forms) expect(log).not.toContain(form.slice(0, 10));
    expect(log).toContain('[key]');
  });

  test('what JSON cannot hold, what is too deep or too much still makes an entry that verifies', async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    let deep: unknown = 1;
    for (let n = 0; n < 50_000; n++) deep = [deep];
    const thrower = {
      get value() {
        throw new Error('not for you');
      },
    };
    const odd = [circle, deep, thrower, 12n, Number.NaN, -0, 1e21, undefined, () => 1, '\ud800', { '\udfff': '\0' }];
    const wide = Array.from({ length: 100_000 }, (_, n) => n);
    const keys = JSON.parse('{"__proto__":1,"10":1,"9":2,"\ue000":1,"🦅":2}') as unknown;
    for (const value of [...odd, wide, keys, { ...wide }])
      await place.open().note({ ...NOTE, metadata: { value, after: 1 } });
    expect(entries()).toHaveLength(odd.length + 3);
    for (const line of linesIn(place.file)) expect(line.length).toBeLessThan(20_000);
    expect(await problemsOf(filesOf(place))).toEqual([]);
    expect(place.announced).toEqual([]);
  });
});

describe('after a crash', () => {
  test('an entry that the head does not know yet is kept', async () => {
    await fill(place.open(), 5);
    const head = readFileSync(place.headFile);
    await fill(place.open(), 3);
    writeFileSync(place.headFile, head);
    expect(await problemsOf(filesOf(place))).toEqual([]);
    await fill(place.open(), 1);
    expect(await verifyAudit(filesOf(place))).toMatchObject({ ok: true, entries: 9 });
  });

  test('a line that was not finished is cut off, and that is an entry', async () => {
    await fill(place.open(), 5);
    const [head, log] = [readFileSync(place.headFile), readFileSync(place.file)];
    await fill(place.open(), 3);
    const more = readFileSync(place.file).subarray(log.length);
    for (const kept of [1, 100, more.length - 1]) {
      writeFileSync(place.headFile, head);
      writeFileSync(place.file, Buffer.concat([log, more.subarray(0, kept)]));
      expect(await problemsOf(filesOf(place))).toEqual([]);
      await fill(place.open(), 1);
      expect(await problemsOf(filesOf(place))).toEqual([]);
      expect(entries().filter(({ component }) => component === 'audit')).toMatchObject([
        {
          event_type: 'error',
          description: expect.stringMatching(/^a line that was not finished \(\d+ bytes\) was cut/),
        },
      ]);
    }
  });

  test('of the machine, reads that were not on disk yet may be gone; that is an entry, and no tampering', async () => {
    await fill(place.open(), 5);
    const synced = readFileSync(place.file);
    for (let n = 0; n < 3; n++)
      await place.open().note({ ...NOTE, event: 'tool_result', component: 'tool', metadata: { effect: 'read' } });
    reboot(place);
    writeFileSync(place.file, Buffer.concat([synced, Buffer.alloc(700)]));
    expect(await problemsOf(filesOf(place))).toEqual([
      expect.stringContaining('the head says 8 entries, the file has 5 (reads that a power cut can have taken)'),
    ]);
    await fill(place.open(), 1);
    expect(await verifyAudit(filesOf(place))).toMatchObject({ ok: true, entries: 8 });
    expect(entries()[6]?.description).toBe('3 entries of reads were lost when the machine stopped');
  });

  test('of the machine, entries that were on disk must still be there', async () => {
    await fill(place.open(), 6);
    reboot(place);
    writeFileSync(place.file, linesIn(place.file).slice(0, 4).join(''));
    await fill(place.open(), 1);
    expect(await problemsOf(filesOf(place))).toEqual([expect.stringMatching(/^5: found when .* the log was cut/)]);
  });
});

describe('a log that cannot be written', () => {
  test('is announced once and again when it works, and delays no caller; no entry is lost', async () => {
    mkdirSync(place.file, { recursive: true });
    const audit = place.open();
    for (let n = 0; n < 10; n++) await audit.note({ ...NOTE, description: `note ${n}` });
    expect(place.announced).toEqual([expect.stringContaining('The audit log cannot be written')]);
    await rm(place.file, { recursive: true });
    await until(() => place.announced.length === 2, { what: 'the log is written again' });
    expect(entries().map(({ description }) => description)).toEqual([...Array(10).keys()].map((n) => `note ${n}`));
    await audit.note(NOTE);
    expect(place.announced.slice(1)).toEqual(['The audit log is written again.']);
    expect(await problemsOf(filesOf(place))).toEqual([]);
  });

  test('keeps a thousand entries, and says how many it dropped', async () => {
    mkdirSync(place.file, { recursive: true });
    const audit = place.open();
    await audit.note(NOTE);
    await fill(audit, 1234);
    await rm(place.file, { recursive: true });
    await until(() => place.announced.length === 2, { what: 'the log is written again' });
    expect(entries()).toHaveLength(1001);
    expect(last().description).toBe('235 entries were dropped while the log could not be written');
  });

  test('is tried once more when it is closed, and what is being written is waited for', async () => {
    mkdirSync(place.file, { recursive: true });
    const audit = place.open();
    await audit.note(NOTE);
    await rm(place.file, { recursive: true });
    await audit.close();
    expect(entries()).toHaveLength(1);
    void audit.note(NOTE);
    await audit.close();
    expect(entries()).toHaveLength(2);
  });

  test('a key that others may read is refused', async () => {
    await fill(place.open(), 1);
    chmodSync(place.keyFile, 0o644);
    await fill(place.open(), 1);
    expect(place.announced).toEqual([
      expect.stringContaining(`${place.keyFile} can be read by others. Run: chmod 600`),
    ]);
    expect(entries()).toHaveLength(1);
    expect(await verifyAudit(filesOf(place))).toMatchObject({ ok: false, readable: false });
  });

  test('a key that is lost is not made again beside entries that only it could verify', async () => {
    await fill(place.open(), 1);
    await rm(place.keyFile);
    await fill(place.open(), 1);
    expect(place.announced).toEqual([expect.stringContaining(`${place.keyFile} is missing`)]);
    expect(existsSync(place.keyFile)).toBe(false);
    expect(await verifyAudit(filesOf(place))).toMatchObject({
      ok: false,
      readable: false,
      problems: [{ problem: `the audit key ${place.keyFile} is missing` }],
    });
  });

  test('a copy of the head that cannot be written is announced once, and the entries count', async () => {
    writeFileSync(join(place.root, 'config'), 'a file');
    const audit = place.open({ anchorFile: place.anchorFile });
    await audit.note(NOTE);
    await audit.note(NOTE);
    expect(place.announced).toEqual([expect.stringContaining('The head of the audit log has no copy')]);
    expect(await verifyAudit(filesOf(place))).toMatchObject({ ok: true, entries: 2 });
  });
});

const canMount = mounts();
const why = canMount ? '' : ' (skipped: file systems cannot be mounted here)';

describe.skipIf(!canMount)(`a disk that is full${why}`, () => {
  test('takes nothing half, and everything once there is room', async () => {
    const small = placeIn(join(place.root, 'small'));
    mkdirSync(small.root);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', small.root]);
    try {
      const audit = small.open();
      const filler = join(small.root, 'filler');
      for (let n = 0; n < 200; n++) {
        if (n === 5) fillUp(filler);
        await audit.note({ ...NOTE, description: `note ${n} ${'.'.repeat(200)}` });
      }
      expect(small.announced).toEqual([expect.stringContaining('the disk is full')]);
      expect(await problemsOf(filesOf(small))).toEqual([]);
      await rm(filler);
      await until(() => small.announced.length === 2, { what: 'the log is written again' });
      expect(await verifyAudit(filesOf(small))).toMatchObject({ ok: true, entries: 200 });
      expect(new Set(linesIn(small.file).map((line) => JSON.parse(line).description)).size).toBe(200);
    } finally {
      execFileSync('umount', ['-l', small.root]);
    }
  });
});

// ---

function headOf({ headFile }: Place) {
  return JSON.parse(readFileSync(headFile, 'utf8'));
}

function syncedOf(from: Place): number {
  return headOf(from).synced.count;
}

/** As if the head had been written before the system was started. */
function reboot(from: Place): void {
  const { mac: _, ...head } = headOf(from);
  const key = Buffer.from(readFileSync(from.keyFile, 'utf8'), 'hex');
  writeFileSync(from.headFile, headText({ ...head, boot: 'an earlier one' }, key));
}

function fillUp(file: string): void {
  try {
    for (let size = 4096; ; size += 4096) writeFileSync(file, Buffer.alloc(size));
  } catch {
    // Now it is full.
  }
}

function mounts(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
