/**
 * Text that a model, a server or a file chose, made safe to show to a person: what cannot be seen, what looks like a space
 * and what would change the text around it becomes an escape `\u{…}`. Goes by the properties of Unicode; the letters of all
 * scripts stay as they are. The one place for this: approvals, prompts, progress and errors use it. Pure.
 */

/** A text of several lines: line feeds and tabs stay. */
export function visible(text: string): string {
  return text.replace(ODD, escapeOf);
}

/** Prose on one line. A long run of spaces becomes a short one: it could fill the row of a terminal, to begin a false line. */
export function visibleLine(text: string): string {
  return visible(text)
    .replace(/[\n\t]/g, (char) => (char === '\n' ? '\\n' : '\\t'))
    .replace(/ {3,}/g, '  ');
}

/** A value as JSON on one line. Nothing in it looks like its quotes, and two different values never look the same. */
export function quoted(value: unknown): string {
  const json = JSON.stringify(value) ?? 'undefined';
  return visible(json.replace(/\\(?:u([0-9a-f]{4})|.)/g, (all, hex?: string) => (hex ? codeEscape(hex) : all)));
}

/** A name: plain words as they are, everything else in quotes. */
export function quotedName(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name);
}

/**
 * A shown text in rows of at most `width` columns, cut neither in an escape nor between a letter and its marks, and after each
 * escaped line feed: a terminal that wraps a longer row by itself lets a text look like a row of its own.
 */
export function rowsOf(shown: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  let used = 0;
  for (const [piece] of shown.matchAll(PIECES)) {
    const columns = columnsOf(piece);
    if (row !== '' && used + columns > width) {
      rows.push(row);
      row = '';
      used = 0;
    }
    row += piece;
    used += columns;
    if (piece !== '\\n') continue;
    rows.push(row);
    row = '';
    used = 0;
  }
  return row === '' && rows.length > 0 ? rows : [...rows, row];
}

/** A path as JSON, for a sentence; a long one is cut. */
export function quotedPath(path: string): string {
  return JSON.stringify(path.length > 300 ? `${path.slice(0, 300)}…` : path);
}

// ---

/** Drawn as nothing, although no property of Unicode says so: blanks of Braille, music, hieroglyphs, embedded objects. */
const BLANK = '\\u2800\\u{1d159}\\u{13441}\\u{13442}\\ufffc';
/** On a letter or digit at most this many marks are shown. */
const MARKS = 3;

const ODD = new RegExp(
  [
    // Control, format, half, private and unassigned characters; all separators but the plain space.
    '(?![\\n\\t ])[\\p{C}\\p{Z}]',
    '\\p{Default_Ignorable_Code_Point}',
    `[${BLANK}]`,
    // Marks that enclose, that pile up, or that have no letter to stand on.
    '\\p{Me}',
    `(?<!(?!\\p{Default_Ignorable_Code_Point})[\\p{L}\\p{N}]\\p{M}{0,${MARKS - 1}})\\p{M}`,
  ].join('|'),
  'gu',
);

const PIECES = /(?:\\u\{[0-9a-f]+\}|\\.|[\s\S])\p{M}*/gu;

function escapeOf(char: string): string {
  return codeEscape((char.codePointAt(0) ?? 0).toString(16));
}

function codeEscape(hex: string): string {
  return `\\u{${hex.replace(/^0+(?=.)/, '')}}`;
}

/** Rather too many: whatever is not ASCII may be drawn two columns wide. */
function columnsOf(piece: string): number {
  const [first = ''] = piece;
  return first === '\\' ? piece.length : first > '~' ? 2 : 1;
}
