/** The quick reading of a task file says what the whole reading says, or nothing. */
import { expect, test } from 'vitest';
import { type TaskFile, toWire } from '../../src/domain/wire.js';
import { openedLine, readPlainTask } from '../../src/mirror/plain-task.js';
import { parseTask } from '../../src/mirror/task-file.js';
import { chance, SCALE, SEEDS } from '../support/random.js';

const FILE: TaskFile = {
  id: 'a',
  prompt: 'größer "x", \\ \u2028 日本 😀\n\ttab',
  system_prompt: '',
  status: 'Completed',
  result: 'Done.',
  error: null,
  created_at: '2026-01-01T00:00:00+00:00',
  updated_at: '2026-01-01T00:00:01+00:00',
  iterations: 12,
  provider: 'openai',
  model: null,
  checkpoint: null,
};
const TEXT = toWire(FILE);

test('a file as this program writes it is read, and gives the same object on one line', () => {
  expect(readPlainTask(TEXT)).toEqual(FILE);
  const line = openedLine(Buffer.from(TEXT)).toString();
  expect(line).not.toContain('\n');
  expect(JSON.parse(`${line},"detail":{}}`)).toEqual({ ...FILE, detail: {} });
});

test.each([
  ['a field twice on a line', TEXT.replace('"Done."', '"Done.", "result": "Other."')],
  ['a further field on a line', TEXT.replace('"Done."', '"Done.", "more": "x"')],
  ['a further field', TEXT.replace('"result"', '"more": 1,\n  "result"')],
  ['a missing field', TEXT.replace('  "error": null,\n', '')],
  ['another order', TEXT.replace('"error"', '"x"').replace('"result"', '"error"').replace('"x"', '"result"')],
  ['a lone surrogate', TEXT.replace('Done.', '\\ud800')],
  ['a number with a leading zero', TEXT.replace('12', '012')],
  ['a number that no double holds', TEXT.replace('12', '9007199254740993')],
  ['a control character', TEXT.replace('Done.', '\u0001')],
  ['a wrong status', TEXT.replace('Completed', 'Complete')],
  ['null for the prompt', TEXT.replace(/"prompt": ".*"/, '"prompt": null')],
  ['a rest', `${TEXT}\n`],
  ['no end', TEXT.slice(0, -1)],
  ['nothing', ''],
])('%s is left to the whole reading', (_, text) => expect(readPlainTask(text)).toBeUndefined());

test.each(SEEDS)('whatever is changed in a file, both readings agree (seed %d)', (seed) => {
  const { below, pick } = chance(seed);
  const pieces = ['"', '\\', ',', '\n', ' ', '0', '}', '{', 'null', '\u0000', '\\u00e9', '"x": 1,', '\r', '\ud800'];
  for (let n = 0; n < 20_000 * SCALE; n++) {
    const [at, length] = [below(TEXT.length), below(4)];
    const text = (TEXT.slice(0, at) + pick(pieces) + TEXT.slice(at + length)).toWellFormed();
    const plain = readPlainTask(text);
    if (plain === undefined || plain.id !== 'a') continue;
    // The space makes it a text in another layout.
    expect(parseTask(`${text} `, 'a').task, text).toEqual(plain);
  }
});
