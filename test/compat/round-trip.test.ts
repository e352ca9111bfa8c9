/** Whatever text and whatever unknown fields a file has: reading and writing it again changes nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STATUSES } from '../../src/domain/task.js';
import { checkTaskInput } from '../../src/domain/task-input.js';
import { FILE_FIELDS, type TaskFile, toWire, wellFormed } from '../../src/domain/wire.js';
import { parseTask } from '../../src/mirror/task-file.js';
import { SEEDS } from '../support/random.js';

const ID = '0bd5e576-9fea-4b85-9657-21c9d90d803c';

/** Any code units: lone surrogates, control characters, U+2028 and zero bytes among them. */
const units = fc
  .array(
    fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 9, 10, 0x22, 0x5c, 0x7f, 0x2028, 0xd83d, 0xde00)),
  )
  .map((codes) => String.fromCharCode(...codes));
const maybe = fc.option(units, { nil: null });

const files: fc.Arbitrary<TaskFile> = fc.record({
  id: fc.constant(ID),
  prompt: units,
  system_prompt: units,
  status: fc.constantFrom(...STATUSES),
  result: maybe,
  error: maybe,
  created_at: units,
  updated_at: units,
  iterations: fc.maxSafeNat(),
  provider: maybe,
  model: maybe,
  checkpoint: maybe,
});

const numbers = fc.constantFrom('1.0', '-0', '1e400', '12345678901234567890', '0.10', '1E-7');
const values = fc.oneof(
  fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.stringify(value, null, 2).replaceAll('\n', '\n  ')),
  numbers,
);
const names = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('1', '0', '', '__proto__', 'constructor'));
const extras = fc.array(
  fc.tuple(
    names.map(wellFormed).filter((name) => !(FILE_FIELDS as readonly string[]).includes(name)),
    values,
  ),
  { maxLength: 5 },
);

describe.each(SEEDS)('seed %i', (seed) => {
  test('what is written is read back, lone surrogates as U+FFFD, and written the same again', () => {
    fc.assert(
      fc.property(files, extras, (file, extra) => {
        const text = toWire(file, extra);
        const read = parseTask(text, ID);
        const clean = Object.entries(file).map(([name, field]) => [
          name,
          typeof field === 'string' ? wellFormed(field) : field,
        ]);
        expect(read.task).toEqual(Object.fromEntries(clean));
        expect(toWire(read.task, read.extra)).toBe(text);
      }),
      { seed },
    );
  });

  test('without unknown fields the bytes are those of JSON.stringify, which are those of serde', () => {
    fc.assert(
      fc.property(files, (file) => {
        const { task } = parseTask(toWire(file), ID);
        expect(toWire(file)).toBe(JSON.stringify(task, null, 2));
      }),
      { seed },
    );
  });

  test('unknown fields come through a signed input unchanged', () => {
    fc.assert(
      fc.property(files, extras, (file, extra) => {
        const text = toWire(file, extra);
        const sent: unknown = JSON.parse(JSON.stringify({ prompt: 'p', extra: parseTask(text, ID).extra }));
        const checked = checkTaskInput(sent);
        expect(checked.kind === 'input' && toWire(file, checked.input.extra)).toBe(text);
      }),
      { seed },
    );
  });
});

test.each([['a'], ['"'], ['\\'], ['\u2028'], ['\u0001'], ['😀'], ['\ud83d']])('a prompt of 1 MB of %j', (unit) => {
  const prompt = unit.repeat(Math.ceil((1024 * 1024) / Buffer.byteLength(unit)));
  const text = toWire({ ...parseTask(fileOf('p'), ID).task, prompt });
  const read = parseTask(text, ID);
  expect(read.task.prompt === wellFormed(prompt)).toBe(true);
  expect(toWire(read.task) === text).toBe(true);
});

test.each(['{', '1}', '1, "id": 2', '', '"\n"', 'NaN', '[1', '1 2'])(
  'an input with the unknown value %j is refused',
  (json) => {
    expect(checkTaskInput({ prompt: 'p', extra: [['note', json]] }).kind).toBe('wrong');
  },
);

test('an input cannot put another value into a known field', () => {
  const extra = [
    ['prompt', '"other"'],
    ['status', '"Completed"'],
    ['id', '"../x"'],
  ] as const;
  expect(toWire(parseTask(fileOf('p'), ID).task, extra)).toBe(fileOf('p'));
});

function fileOf(prompt: string): string {
  const stamp = '2026-11-22T15:56:39+00:00';
  const base = { result: null, error: null, iterations: 0, provider: null, model: null, checkpoint: null };
  return toWire({
    id: ID,
    prompt,
    system_prompt: '',
    status: 'Pending',
    created_at: stamp,
    updated_at: stamp,
    ...base,
  });
}
