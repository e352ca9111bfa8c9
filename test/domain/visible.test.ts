/** What a model chose is shown so that everything in it can be seen, over the categories of Unicode. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoted, quotedName, rowsOf, visible, visibleLine } from '../../src/domain/visible.js';
import { SCALE, SEEDS } from '../support/random.js';

const RUNS = Math.max(500, Math.round(20_000 * SCALE));
const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const ALL = 0x110000;

/** Every code point with that property. */
function* charactersOf(property: string): Generator<string> {
  const pattern = new RegExp(`^\\p{${property}}$`, 'u');
  for (let point = 0; point < ALL; point++) {
    const char = String.fromCodePoint(point);
    if (pattern.test(char)) yield char;
  }
}

describe('every character is an escape', () => {
  const kept = new Set(['\n', '\t', ' ']);
  test.each(['C', 'Z', 'Default_Ignorable_Code_Point', 'Me'])('of the property %s', (property) => {
    const shown: string[] = [];
    for (const char of charactersOf(property)) {
      const wanted = `\\u{${char.codePointAt(0)?.toString(16)}}`;
      if (!kept.has(char) && visible(`a${char}b`) !== `a${wanted}b`) shown.push(wanted);
    }
    expect(shown).toEqual([]);
  });

  test.each(['\u2800', '\u{1d159}', '\ufffc', '\u3164', '\u200b', '\u00ad', '\u2028', '\u{e0041}', '\ufe0f'])(
    'that is drawn as nothing: %j',
    (char) => {
      expect(visible(`a${char}`)).toBe(`a\\u{${char.codePointAt(0)?.toString(16)}}`);
    },
  );
});

test('the letters and digits of all scripts stay as they are', () => {
  const changed: string[] = [];
  for (const property of ['L', 'N'])
    for (const char of charactersOf(property)) {
      const empty = /\p{Default_Ignorable_Code_Point}|[\u{13441}\u{13442}]/u.test(char);
      if (!empty && visible(char) !== char) changed.push(char);
    }
  expect(changed).toEqual([]);
  for (const word of ['Việt Nam', 'ẹ́', 'हिन्दी', 'ภาษาไทย', 'עִבְרִית', 'العَرَبِيَّة', 'བོད་སྐད', '日本語', '한국어', 'Ελληνικά'])
    expect(visible(word.normalize('NFD'))).toBe(word.normalize('NFD'));
});

test('marks that pile up, or stand on no letter, are escapes', () => {
  expect(visible('Z\u0300\u0301\u0302\u0303\u0304a')).toBe('Z\u0300\u0301\u0302\\u{303}\\u{304}a');
  expect(visible('"\u0301')).toBe('"\\u{301}');
  expect(visible('\u3164\u0301')).toBe('\\u{3164}\\u{301}');
});

test('a value is one line from which the value can be read again', () => {
  const back = (shown: string): unknown =>
    JSON.parse(
      shown.replace(/\\(?:u\{([0-9a-f]+)\}|.)/g, (all, hex?: string) =>
        hex === undefined ? all : JSON.stringify(String.fromCodePoint(Number.parseInt(hex, 16))).slice(1, -1),
      ),
    );
  for (const seed of SEEDS)
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const shown = quoted(value);
        expect(shown).not.toMatch(/(?! )[\p{C}\p{Z}]|\p{Default_Ignorable_Code_Point}/u);
        expect(back(shown)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: RUNS, seed },
    );
  expect(quoted('\\u{200b}\u200b')).toBe('"\\\\u{200b}\\u{200b}"');
  expect(quoted('a\r\f\u0085\u2029\u001b[2J\ud800')).toBe('"a\\r\\f\\u{85}\\u{2029}\\u{1b}[2J\\u{d800}"');
});

test('a name is bare only where it is nothing but a plain word', () => {
  expect(quotedName('files__read-1')).toBe('files__read-1');
  for (const name of ['', 'a b', 'а', 'a\n']) expect(quotedName(name)).toBe(quoted(name));
});

test('a line is one line, and holds no run of spaces that could end a row', () => {
  expect(visibleLine(`a\n\tb\r${' '.repeat(90)}c`)).toBe('a\\n\\tb\\u{d}  c');
  for (const seed of SEEDS)
    fc.assert(
      fc.property(anyText, (text) => {
        expect(visibleLine(text)).not.toMatch(/(?! )[\p{C}\p{Z}]| {3}/u);
      }),
      { numRuns: RUNS, seed },
    );
});

test('rows hold the whole text, none is too wide, none begins within an escape or with a mark', () => {
  for (const seed of SEEDS)
    fc.assert(
      fc.property(anyText, fc.integer({ min: 12, max: 40 }), (text, width) => {
        const shown = quoted(text.repeat(5));
        const rows = rowsOf(shown, width);
        expect(rows.join('')).toBe(shown);
        for (const row of rows) {
          expect(row.length).toBeLessThanOrEqual(width + 6);
          expect(row).not.toMatch(/^\p{M}/u);
        }
      }),
      { numRuns: RUNS, seed },
    );
  expect(rowsOf('"a\\nb\\\\nc"', 70)).toEqual(['"a\\n', 'b\\\\nc"']);
});

test('what is taken as it stands without a search would be found to be so by the search', () => {
  let plain = '';
  for (let code = 0x20; code < 0xffff; code++) {
    const char = String.fromCharCode(code);
    if (visible(char) === char) plain += char;
  }
  expect(plain.length).toBeGreaterThan(30_000);
  // The last character is never plain: so all of them are searched.
  expect(visible(`${plain}\u0001`)).toBe(`${plain}\\u{1}`);
});
