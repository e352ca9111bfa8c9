/** Whatever is done to a log of 200 entries is found, and where it was done. */
import { closeSync, cpSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COMPONENTS } from '../../src/audit/entry.js';
import { verifyAudit } from '../../src/audit/verify.js';
import { chance, LONG, SEEDS } from '../support/random.js';
import {
  filesOf,
  fill,
  firstMismatch,
  linesIn,
  makePlace,
  type Place,
  placeIn,
  problemsOf,
  writeLines,
} from './support.js';

const ENTRIES = 200;
const SAMPLE = 300;

let whole: Place;
let place: Place;
let lines: string[];
beforeAll(async () => {
  whole = await makePlace();
  await fill(whole.open(), ENTRIES / 2);
  await fill(whole.open(), ENTRIES / 2, ENTRIES / 2);
  lines = linesIn(whole.file);
});
afterAll(() => whole.discard());
let copies = 0;
beforeEach(() => {
  place = placeIn(join(whole.root, `copy-${copies++}`));
  cpSync(join(whole.root, 'data'), join(place.root, 'data'), { recursive: true });
});
afterEach(() => place.discard());

const line = (n: number): string => lines[n - 1] ?? '';
const firstOf = async (): Promise<string | undefined> => (await problemsOf(filesOf(place)))[0];

test('the log as it is verifies, also after the process that began it has ended', async () => {
  expect(await verifyAudit(filesOf(place))).toMatchObject({ ok: true, entries: ENTRIES, problems: [] });
});

test('a verifier written from the documented format alone accepts it, and names the entry that was changed', () => {
  const key = Buffer.from(readFileSync(place.keyFile, 'utf8'), 'hex');
  expect(firstMismatch(lines.join(''), key)).toBeUndefined();
  const changed = lines.with(99, line(100).replace('"component":"', '"component":"x'));
  expect(firstMismatch(changed.join(''), key)).toBe('HMAC verification failed at entry 99');
});

test('the keys of an entry stand in their documented order', () => {
  const orders = new Set(lines.map((text) => Object.keys(JSON.parse(text)).join(' ')));
  expect([...orders].sort()).toEqual([
    'index timestamp event_type component description metadata hmac',
    'index timestamp event_type component description metadata session_id hmac',
  ]);
});

test('no component begins another one: they stand next to the description without anything between', () => {
  for (const one of COMPONENTS)
    expect(COMPONENTS.filter((other) => other !== one && other.startsWith(one))).toEqual([]);
});

test('every byte that is flipped is found in its line', async () => {
  const bytes = Buffer.from(lines.join(''));
  const lineAt = [...bytes.keys()].map(lineCounter(bytes));
  const random = chance(SEEDS[1] ?? 2);
  const places = LONG ? [...bytes.keys()] : Array.from({ length: SAMPLE }, () => random.below(bytes.length));
  const descriptor = openSync(place.file, 'r+');
  const missed: number[] = [];
  // The last byte too: a line without its end is no entry.
  for (const at of [...places, bytes.length - 1]) {
    const original = bytes[at] ?? 0;
    writeSync(descriptor, Buffer.from([original ^ (1 << random.below(8))]), 0, 1, at);
    const { ok, problems } = await verifyAudit(filesOf(place));
    if (ok || problems[0]?.line !== lineAt[at]) missed.push(at);
    writeSync(descriptor, Buffer.from([original]), 0, 1, at);
  }
  closeSync(descriptor);
  expect(missed).toEqual([]);
  expect(await firstOf()).toBeUndefined();
}, 1_800_000);

test('every byte of the head that is flipped is found', async () => {
  const head = readFileSync(place.headFile);
  for (const at of head.keys()) {
    const flipped = Buffer.from(head);
    flipped[at] = (head[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(place.headFile, flipped);
    expect([at, await firstOf()]).toEqual([at, `201: the head ${place.headFile} is forged`]);
  }
});

describe('a whole line', () => {
  test('that is missing is named by the one behind it', async () => {
    writeLines(place.file, lines.toSpliced(49, 1));
    expect(await problemsOf(filesOf(place))).toEqual([
      '50: HMAC verification failed at entry 50: entry 49 was expected here',
      '200: the head says 200 entries, the file has 199',
    ]);
  });

  test('that changed its place is named', async () => {
    writeLines(place.file, lines.with(49, line(51)).with(50, line(50)));
    expect(await firstOf()).toBe('50: HMAC verification failed at entry 50: entry 49 was expected here');
  });

  test.each([
    [
      'a copy of the one before',
      () => line(50),
      '51: HMAC verification failed at entry 49: entry 50 was expected here',
    ],
    ['a copy of another one', () => line(3), '51: HMAC verification failed at entry 2: entry 50 was expected here'],
    ['one with the right number', () => line(51).replace('"ok"', '"no"'), '51: HMAC verification failed at entry 50'],
    ['a text', () => 'hello\n', '51: this is not JSON'],
    ['nothing', () => '\n', '51: this is not JSON'],
  ])('that was put between, %s, is the only one named', async (_, more, problem) => {
    writeLines(place.file, lines.toSpliced(50, 0, more()));
    expect(await problemsOf(filesOf(place))).toEqual([problem]);
  });

  test('of the log of another writer is named', async () => {
    const other = await makePlace();
    await fill(other.open(), 60);
    writeLines(place.file, lines.with(49, linesIn(other.file)[49] ?? ''));
    expect(await firstOf()).toBe('50: HMAC verification failed at entry 49');
    await other.discard();
  });

  test.each([
    ['of a line', (text: string) => `${text.slice(0, 1)} ${text.slice(1)}`],
    ['of a task', (text: string) => text.replace('"session_id":"task-', '"session_id":"tusk-')],
    ['of a task that was none', (text: string) => text.replace(',"session_id":"task-0"', '')],
    ['of an escape', (text: string) => text.replace('start', '\\u0073tart')],
    ['of a key that stands there twice', (text: string) => text.replace('{', '{"index":0,')],
  ])('whose bytes changed but not the sense %s is named', async (_, change) => {
    expect(change(line(1))).not.toBe(line(1));
    writeLines(place.file, lines.with(0, change(line(1))));
    expect(await firstOf()).toMatch(/^1: /);
  });
});

test('logs that changed places are found', async () => {
  const other = await makePlace();
  await fill(other.open(), ENTRIES);
  cpSync(other.file, place.file);
  expect(await firstOf()).toBe('1: HMAC verification failed at entry 0');
  cpSync(other.headFile, place.headFile);
  expect(await firstOf()).toBe('1: HMAC verification failed at entry 0');
  await other.discard();
});

test('a tail that was cut is found at every line', async () => {
  for (let kept = 0; kept < ENTRIES; kept++) {
    writeLines(place.file, lines.slice(0, kept));
    expect(await problemsOf(filesOf(place))).toEqual([`${kept + 1}: the head says 200 entries, the file has ${kept}`]);
  }
});

test('a cut tail stays found when another writer appends', async () => {
  writeLines(place.file, lines.slice(0, 150));
  await fill(place.open(), 3);
  expect(await verifyAudit(filesOf(place))).toMatchObject({ ok: false, entries: 154 });
  expect(await problemsOf(filesOf(place))).toEqual([
    '151: found when this entry was written: the log was cut or changed: its head says 200 entries, it has 150',
  ]);
});

test('a line that was cut within the head stays, and what comes behind it is whole', async () => {
  writeFileSync(place.file, lines.join('').slice(0, -20));
  await fill(place.open(), 3);
  expect(linesIn(place.file)[199]).toBe(`${line(200).slice(0, -20)}\n`);
  expect(await problemsOf(filesOf(place))).toEqual([
    '200: this is not JSON',
    '201: found when this entry was written: the log was cut or changed: its head says 200 entries, it has 199',
  ]);
});

test('lines that were put behind the head are found, also when another writer appends', async () => {
  writeLines(place.file, [...lines, line(200)]);
  expect(await firstOf()).toBe('201: HMAC verification failed at entry 199: entry 200 was expected here');
  await fill(place.open(), 1);
  expect((await problemsOf(filesOf(place))).map((problem) => problem.slice(0, 40))).toEqual([
    '201: HMAC verification failed at entry 1',
    '202: found when this entry was written: ',
  ]);
});

test('a head that is missing or forged stays found when another writer appends', async () => {
  await rm(place.headFile);
  expect(await firstOf()).toBe(`201: the head ${place.headFile} is missing`);
  await fill(place.open(), 1);
  expect(await problemsOf(filesOf(place))).toEqual([
    `201: found when this entry was written: the head ${place.headFile} is missing`,
  ]);
});

test('a log and its head that were both put back to what they were are found by the copy of the head', async () => {
  const { file, headFile, anchorFile } = place;
  await fill(place.open({ anchorFile }), 1);
  const before = [file, headFile].map((path) => readFileSync(path));
  await fill(place.open({ anchorFile }), 5);
  for (const [n, path] of [file, headFile].entries()) writeFileSync(path, before[n] ?? '');
  expect(await problemsOf(filesOf(place))).toEqual([]);
  expect(await problemsOf(place)).toEqual(['202: the head says 206 entries, the file has 201']);
  await fill(place.open({ anchorFile }), 1);
  expect(await firstOf()).toMatch(/^202: found when this entry was written: the log was cut/);
});

test('a wiped log that was begun anew is found by the copy of the head', async () => {
  const { file, headFile, keyFile, anchorFile } = place;
  await fill(place.open({ anchorFile }), 1);
  for (const path of [file, headFile, keyFile]) await rm(path);
  expect(await verifyAudit(place)).toMatchObject({ ok: false, readable: false });
  await fill(place.open({ anchorFile }), 1);
  expect(await firstOf()).toContain('forged, or of a log that was here before');
});

test('of very many wrong lines a hundred are named, and how many more there are', async () => {
  writeLines(
    place.file,
    Array.from({ length: 3000 }, () => 'x\n'),
  );
  const { problems } = await verifyAudit(filesOf(place));
  expect(problems).toHaveLength(101);
  expect(problems.at(-1)?.problem).toBe('and 2900 more');
});

// ---

/** The line in which a byte stands; a line feed belongs to the line that it ends. */
function lineCounter(bytes: Buffer): (at: number) => number {
  let current = 1;
  return (at) => (bytes[at] === 10 ? current++ : current);
}
