/** What the loader of RavenClaws 1.1.0 takes and refuses, row by row, each seen with the program itself. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { STATUSES } from '../../src/domain/task.js';
import { toWire } from '../../src/domain/wire.js';
import { listTasks, readTask } from '../../src/mirror/reader.js';
import { useWorkdir } from '../mirror/workdir.js';

const ID = '0bd5e576-9fea-4b85-9657-21c9d90d803c';

const FIELDS: Readonly<Record<string, string>> = {
  id: `"${ID}"`,
  prompt: '"Which year is it?"',
  system_prompt: '""',
  status: '"Pending"',
  result: 'null',
  error: 'null',
  created_at: '"2026-11-22T15:56:39.902920600+00:00"',
  updated_at: '"2026-11-22T15:56:39.902920600+00:00"',
  iterations: '0',
  provider: 'null',
  model: 'null',
  checkpoint: 'null',
};

const workdir = useWorkdir();

/** A task file of some fields' JSON text; undefined leaves one out. */
function fileOf(change: Readonly<Record<string, string | undefined>> = {}): string {
  const fields = Object.entries({ ...FIELDS, ...change }).filter(([, json]) => json !== undefined);
  return objectOf(fields as [string, string][]);
}

function objectOf(fields: readonly (readonly [string, string])[]): string {
  return `{${fields.map(([name, json]) => `"${name}": ${json}`).join(', ')}}`;
}

async function read(text: string | Buffer) {
  workdir.putTask(ID, text);
  return readTask(workdir.paths, ID);
}

async function rewrite(text: string): Promise<string> {
  const found = await read(text);
  if (found.kind !== 'task') throw new Error(`it was refused: ${JSON.stringify(found)}`);
  return toWire(found.task, found.extra);
}

describe('the loader takes', () => {
  test.each<[string, string, object]>([
    ['fields in any order', objectOf(Object.entries(FIELDS).reverse()), {}],
    ['blanks and line ends anywhere', ` \r\n\t${fileOf().replaceAll('": ', '"\n:\t')} \n`, {}],
    ['unknown fields', fileOf({ note: '{"a": [1]}' }), {}],
    ['an unknown field that is there twice', `${fileOf().slice(0, -1)}, "note": 1, "note": 2}`, {}],
    [
      'field names that are written with escapes',
      fileOf({ prompt: undefined, '\\u0070rompt': '"hi"' }),
      { prompt: 'hi' },
    ],
    ['a list of exactly the twelve values', `[${Object.values(FIELDS).join(', ')}]`, {}],
    ['a status as an object', fileOf({ status: '{ "Running" : null }' }), { status: 'Running' }],
    ...STATUSES.map(
      (status) => [`the status ${status}`, fileOf({ status: `"${status}"` }), { status }] as [string, string, object],
    ),
    ['iterations', fileOf({ iterations: '3' }), { iterations: 3 }],
    ['any text as a stamp', fileOf({ created_at: '"last Tuesday"' }), { created_at: 'last Tuesday' }],
    ['a pair of surrogates', fileOf({ prompt: '"\\ud83d\\ude00"' }), { prompt: '😀' }],
    ['a lone surrogate in a field that it does not know', fileOf({ note: '"\\ud83d"' }), {}],
    ['U+007F and U+2028 as they are', fileOf({ prompt: '"\u007f\u2028"' }), { prompt: '\u007f\u2028' }],
    ['128 levels, itself counted', fileOf({ note: `${'['.repeat(127)}${']'.repeat(127)}` }), {}],
  ])('%s', async (_, text, expected) => {
    expect(await read(text)).toMatchObject({ kind: 'task', task: { id: ID, ...expected } });
  });

  test.each(['result', 'error', 'provider', 'model', 'checkpoint'])('a file without %s as null', async (name) => {
    expect(await read(fileOf({ [name]: undefined }))).toMatchObject({ kind: 'task', task: { [name]: null } });
  });
});

describe('the loader refuses, by name and reason', () => {
  test.each([
    ['a known field that is there twice', `${fileOf().slice(0, -1)}, "error": null}`, "'error' is there twice"],
    ['a known field twice, once with escapes', fileOf({ 'i\\u0064': '"x"' }), "'id' is there twice"],
    ['a list of eleven', `[${Object.values(FIELDS).slice(1).join()}]`, 'it is a list of 11, not of 12'],
    ['a list of thirteen', `[${[...Object.values(FIELDS), 'null'].join()}]`, 'it is a list of 13, not of 12'],
    ['a lower-case status', fileOf({ status: '"running"' }), "'status' must be one of Pending, Running"],
    ['a status object with a value', fileOf({ status: '{"Running": 1}' }), "'status' must be one of"],
    ['a status object of two', fileOf({ status: '{"Running": null, "Failed": null}' }), "'status' must be one of"],
    ['an empty status object', fileOf({ status: '{}' }), "'status' must be one of"],
    ['no status', fileOf({ status: undefined }), "'status' is missing"],
    ['no iterations', fileOf({ iterations: undefined }), "'iterations' is missing"],
    ['iterations 3.0', fileOf({ iterations: '3.0' }), "'iterations' must be a whole number"],
    ['iterations 3e0', fileOf({ iterations: '3e0' }), 'not 3e0'],
    ['iterations -1', fileOf({ iterations: '-1' }), 'not -1'],
    ['iterations -0', fileOf({ iterations: '-0' }), 'not -0'],
    ['iterations "3"', fileOf({ iterations: '"3"' }), 'not "3"'],
    ['iterations null', fileOf({ iterations: 'null' }), 'not null'],
    ['iterations over u64', fileOf({ iterations: '18446744073709551616' }), 'not 18446744073709551616'],
    ['a prompt that is null', fileOf({ prompt: 'null' }), "'prompt' must be a string, not null"],
    ['a result that is no text', fileOf({ result: '[1]' }), "'result' must be a string, not [1]"],
    ['a lone high surrogate', fileOf({ prompt: '"\\ud83d"' }), "'prompt' has a lone surrogate"],
    ['a lone low surrogate', fileOf({ model: '"\\ude00\\ud83d"' }), "'model' has a lone surrogate"],
    ['a lone surrogate in a name', fileOf({ '\\ud83d': '1' }), 'has a lone surrogate'],
    ['a byte order mark', `\uFEFF${fileOf()}`, 'it begins with a byte order mark'],
    ['invalid UTF-8', Buffer.from([...Buffer.from(fileOf()), 0xff]), 'it is not valid UTF-8'],
    ['nothing', '', 'it is empty'],
    ['blanks', ' \n', 'it is empty'],
    ['half a file', fileOf().slice(0, 200), 'it is not complete JSON: '],
    ['text behind it', `${fileOf()} x`, 'it is not complete JSON: '],
    ['a second value behind it', `${fileOf()}{}`, 'it is not complete JSON: '],
    ['a comma before the end', `${fileOf().slice(0, -1)},}`, 'it is not complete JSON: '],
    ['a raw control character in a string', fileOf({ prompt: '"a\u0001b"' }), 'it is not complete JSON: '],
    ['a raw control character in an unknown field', fileOf({ note: '"a\nb"' }), 'it is not complete JSON: '],
    ['a million levels', fileOf({ note: '['.repeat(1_000_000) }), 'it is not complete JSON: '],
    ['another value', '"task"', '"task" is not an object'],
    ['an id that is a path', fileOf({ id: '"../escape"' }), 'its id "../escape" is not a safe file name'],
    ['an id that is absolute', fileOf({ id: '"/etc/passwd"' }), 'is not a safe file name'],
    ['an id with a zero byte', fileOf({ id: '"a\\u0000b"' }), 'is not a safe file name'],
    ['an empty id', fileOf({ id: '""' }), 'is not a safe file name'],
    ['an id that is not its name', fileOf({ id: '"another"' }), 'its id another differs from its file name'],
  ])('%s', async (_, text, reason) => {
    const before = Buffer.from(text);
    expect(await read(text)).toMatchObject({ kind: 'broken', reason: expect.stringContaining(reason) });
    const { tasks, errors } = await listTasks(workdir.paths);
    expect(tasks).toEqual([]);
    expect(errors).toEqual([{ file: workdir.paths.task(ID), reason: expect.stringContaining(reason) }]);
    expect(errors[0]?.reason).not.toContain('\n');
    expect(readFileSync(workdir.paths.task(ID)).equals(before)).toBe(true);
  });
});

describe('a rewrite', () => {
  test('puts the fields in their order and keeps every unknown one with its exact value', async () => {
    const extra = ['1.0', '1e400', '12345678901234567890', '-0.0', '1E+2', '"\\u00e9\\ud83d\\/"', '[]', '{}', 'true'];
    const nested = `{"b":[${extra.join(',')}],"2":{"1":null},"__proto__":1}`;
    const text = await rewrite(`{"z": ${extra[2]}, "10": ${nested}, "9": "\\ud83d", ${fileOf().slice(1)}`);
    const lines = extra.map((json) => `      ${json}`).join(',\n');
    expect(text).toBe(
      `${toWire(JSON.parse(fileOf())).slice(0, -2)},\n  "z": 12345678901234567890,\n  "10": {\n    "b": [\n${lines}\n    ],\n` +
        '    "2": {\n      "1": null\n    },\n    "__proto__": 1\n  },\n  "9": "\\ud83d"\n}',
    );
    expect(await rewrite(text)).toBe(text);
  });

  test('keeps an unknown value of 100,000 levels as it is: RavenClaws skips it without looking', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const text = await rewrite(`{"deep": ${deep}, ${fileOf().slice(1)}`);
    expect(text.endsWith(`,\n  "deep": ${deep}\n}`)).toBe(true);
    expect(await rewrite(text)).toBe(text);
  });

  test('keeps both fields of one unknown name, and names of any kind', async () => {
    const text = await rewrite(`${fileOf().slice(0, -1)}, "": 1, "__proto__": {}, "": 2, "a\\"\\u2028": 3}`);
    expect(text.endsWith('"checkpoint": null,\n  "": 1,\n  "__proto__": {},\n  "": 2,\n  "a\\"\u2028": 3\n}')).toBe(
      true,
    );
  });

  test.each(['9007199254740991', '9007199254740993', '18446744073709551615'])('keeps iterations %s', async (count) => {
    expect(await rewrite(fileOf({ iterations: count }))).toContain(`"iterations": ${count},\n`);
  });

  test('writes our own count once there is one', async () => {
    const found = await read(fileOf({ iterations: '18446744073709551615' }));
    if (found.kind !== 'task') throw new Error('it was refused');
    expect(toWire({ ...found.task, iterations: 4 }, found.extra)).toContain('"iterations": 4,\n');
  });

  test('turns the other forms into the one that is always written', async () => {
    const plain = toWire(JSON.parse(fileOf({ status: '"Running"' })));
    expect(await rewrite(fileOf({ status: '{"Running": null}', result: undefined }))).toBe(plain);
    expect(await rewrite(`[${Object.values({ ...FIELDS, status: '"Running"' }).join()}]`)).toBe(plain);
  });
});
