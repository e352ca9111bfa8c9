/**
 * Makes text that a model, a server or a file chose safe to show to a person: invisible characters, characters that
 * look like a space and those that change the text around them become an escape `\u{…}`. Based on Unicode properties;
 * the letters of all scripts stay. The one place for this: approvals, prompts, progress and errors use it. Pure.
 */

/** A text of several lines: line feeds and tabs stay. */
export function visible(text: string): string {
  // Most texts have nothing to escape, and this look takes a twentieth of the search.
  return PLAIN.test(text) ? text : text.replace(ODD, escapeOf);
}

/** Prose on one line. A long run of spaces is shortened: it could fill the row of a terminal and begin a false line. */
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

/** A name: plain words unchanged, everything else in quotes. */
export function quotedName(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name);
}

/**
 * Splits a shown text into rows of at most `width` columns, never inside an escape nor between a letter and its marks,
 * and after each escaped line feed: if the terminal wrapped a longer row, text could look like a separate row.
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

/**
 * Rendered as nothing, although no Unicode property says so: blanks of Braille, music, hieroglyphs, embedded objects.
 */
const BLANK = '\\u2800\\u{1d159}\\u{13441}\\u{13442}\\ufffc';
/** Letters, punctuation and symbols that are never escaped, wherever they stand: no marks among them. */
const PLAIN =
  /^[\n\t -~\u00a1-\u00ac\u00ae-\u017f\u0391-\u03a1\u03a3-\u03ff\u0410-\u044f\u2010-\u2027\u2190-\u21ff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fef\uac00-\ud7a3]*$/;
/** Maximum number of marks shown on a letter or digit. */
const MARKS = 3;

const ODD = new RegExp(
  [
    // Control, format, surrogate, private and unassigned characters; all separators except the plain space.
    '(?![\\n\\t ])[\\p{C}\\p{Z}]',
    '\\p{Default_Ignorable_Code_Point}',
    `[${BLANK}]`,
    // Marks that enclose, that pile up, or that have no base letter.
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

/** An upper bound: any non-ASCII character may be two columns wide. */
function columnsOf(piece: string): number {
  const [first = ''] = piece;
  return first === '\\' ? piece.length : first > '~' ? 2 : 1;
}
