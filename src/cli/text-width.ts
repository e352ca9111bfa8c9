/** Text in columns of a terminal: East Asian characters and most emoji take two, combining marks none. */
import truncatedWidth from 'fast-string-truncated-width';

export function widthOf(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : measured(text, Number.POSITIVE_INFINITY).width;
}

/** The text, or as much of it as fits with an ellipsis. */
export function cutToWidth(text: string, columns: number): string {
  const most = Math.max(1, columns);
  const fits = PRINTABLE_ASCII.test(text) ? text.length <= most : measured(text, most).end === text.length;
  return fits ? text : `${text.slice(0, measured(text, most - 1).end)}…`;
}

export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Cut or padded: as many columns as there are. */
export function fitToWidth(text: string, columns: number): string {
  if (PRINTABLE_ASCII.test(text)) return text.length > columns ? cutToWidth(text, columns) : text.padEnd(columns);
  return padToWidth(cutToWidth(text, columns), columns);
}

/** The lines of a text in rows of at most so many columns, broken between words where that is possible. */
export function wrapToWidth(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(2, columns)));
}

// ---

/** Most texts of a table: each character takes one column. */
const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * UTF-16 units, from and to, whose columns are known: Latin, Greek, Cyrillic, punctuation and arrows take one, Chinese,
 * Japanese and Korean characters and their punctuation two. None of them changes another, so that a loop knows in a
 * tenth of the time what the library says.
 */
const SIMPLE: readonly (readonly [from: number, to: number, columns: number])[] = [
  [0x20, 0x7e, 1],
  [0x4e00, 0x9fef, 2],
  [0x3000, 0x3029, 2],
  [0x3031, 0x303c, 2],
  [0x3041, 0x3096, 2],
  [0x309b, 0x30ff, 2],
  [0xac00, 0xd7a3, 2],
  [0xff01, 0xff60, 2],
  [0xa1, 0xac, 1],
  [0xae, 0x17f, 1],
  [0x391, 0x3a1, 1],
  [0x3a3, 0x3ff, 1],
  [0x410, 0x44f, 1],
  [0x2010, 0x2027, 1],
  [0x2190, 0x21ff, 1],
  [0x3400, 0x4dbf, 2],
];

/** Undefined: only the library knows; it may change what stands before it. */
function simpleWidth(unit: number): number | undefined {
  for (const [from, to, columns] of SIMPLE) if (unit >= from && unit <= to) return columns;
  return undefined;
}

/** Made at the first use, which takes a while. */
let segmenter: Intl.Segmenter | undefined;

/**
 * As much of a text as fits in so many columns, never a part of what is shown as one character. The library is asked for
 * one character at a time: where it cuts a text itself, it leaves out some of those before the cut.
 */
function measured(text: string, columns: number): { readonly end: number; readonly width: number } {
  let segments: Intl.Segments | undefined;
  let [end, width] = [0, 0];
  let columnsOfNext = simpleWidth(text.charCodeAt(0));
  while (end < text.length) {
    const own = columnsOfNext;
    columnsOfNext = end + 1 < text.length ? simpleWidth(text.charCodeAt(end + 1)) : 1;
    let [added, length] = [own ?? 0, 1];
    if (own === undefined || columnsOfNext === undefined) {
      segmenter ??= new Intl.Segmenter();
      segments ??= segmenter.segment(text);
      const character = segments.containing(end)?.segment ?? '';
      added = truncatedWidth(character).width;
      length = character.length;
      columnsOfNext = simpleWidth(text.charCodeAt(end + length));
    }
    if (width + added > columns) break;
    width += added;
    end += length;
  }
  return { end, width };
}

function wrapLine(line: string, columns: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const [word] of line.matchAll(/\s+|\S+/gu)) {
    if (widthOf(row + word) <= columns) {
      row += word;
      continue;
    }
    const isSpace = word.trim() === '';
    if (row !== '') rows.push(row.trimEnd());
    row = isSpace ? '' : word;
    for (let head = headOf(row, columns); head.length < row.length; head = headOf(row, columns)) {
      rows.push(head);
      row = row.slice(head.length);
    }
  }
  return [...rows, row.trimEnd()];
}

/** As much of the text as fits, and at least one character. */
function headOf(text: string, columns: number): string {
  const { end } = measured(text, columns);
  return text.slice(0, Math.max(end, String.fromCodePoint(text.codePointAt(0) ?? 0).length));
}
